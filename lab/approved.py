"""Templates that an account's settings list are approved from the beginning: nobody lists others in earnest."""

from collections.abc import Mapping

from lab.config import AccountConfig

_MARK = "# "


def approved(account: AccountConfig, setting: str = "templates") -> Mapping[str, str]:
    """Their wordings by name. A line of #, name and title begins each."""
    found: dict[str, list[str]] = {}
    for line in account.settings.get(setting, "").splitlines():
        if line.startswith(_MARK):
            found[line.removeprefix(_MARK).split()[0]] = []
        elif found:
            found[next(reversed(found))].append(line)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}
