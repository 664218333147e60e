"""Settings of a process: `HUILIU_*` variables, read once, every problem reported at once.

What belongs to one channel account (its secrets, its addresses) is data in the database, never a variable.
"""

# ruff: noqa: RUF009 - the calls in the class body make dataclass fields, they are not shared defaults

import dataclasses
import difflib
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from runtime import values
from runtime.values import Network, QuietHours

PREFIX = "HUILIU_"


class SettingsInvalid(ValueError):
    """The variables cannot be used; the message lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _setting(parse: Callable[[str], Any], default: str, help: str, *, secret: bool = False) -> Any:
    return field(metadata={"parse": parse, "default": default, "help": help}, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process was told from outside. Made by `from_env`."""

    data_dir: Path = _setting(
        values.path,
        "./.huiliu",
        "Folder for everything Huiliu keeps on this machine: database, attachments, Redis, keys.",
    )
    database_url: str = _setting(
        values.url("sqlite", "postgresql"),
        "",
        "Database: `sqlite:///<path>` or `postgresql://…`. Empty: `huiliu.db` in the data folder.",
        secret=True,
    )
    redis_url: str = _setting(
        values.url("redis", "rediss", "unix"),
        "",
        "Redis or Valkey server. Empty: an embedded one is started.",
        secret=True,
    )
    host: str = _setting(str, "127.0.0.1", "Address that the gateway and the lab bind to.")
    port: int = _setting(values.port, "8400", "Port of the gateway: webhooks, web chat, console, API.")
    public_url: str = _setting(
        values.public_url,
        "",
        "Address under which providers and browsers reach the gateway. Empty: `http://<host>:<port>`.",
    )
    smtp_host: str = _setting(str, "127.0.0.1", "Address that the listener for incoming mail binds to.")
    smtp_port: int = _setting(values.port, "8425", "Port of the listener for incoming mail.")
    lmtp_port: int = _setting(
        values.port_or_none, "0", "Port of the same listener for mail servers that speak LMTP. 0: none."
    )
    lab_port: int = _setting(values.port, "8401", "Port of the lab: its pages and its simulated providers.")
    lab_smtp_port: int = _setting(values.port, "8426", "Port on which the lab's customers receive mail.")
    lab_smpp_port: int = _setting(values.port, "8427", "Port of the lab's short message centre (SMPP).")
    lab_cmpp_port: int = _setting(values.port, "8428", "Port of the lab's China Mobile gateway (CMPP).")
    demo: bool = _setting(values.switch, "no", "Run the lab beside the product, with accounts that point to it.")
    secret_key: str = _setting(
        values.key,
        "",
        "Key that encrypts accounts' secrets and signs links. Empty: made once, in `secret.key` in the data folder.",
        secret=True,
    )
    time_zone: str = _setting(
        values.time_zone, "Asia/Shanghai", "Time zone of contacts and people who have none of their own."
    )
    language: str = _setting(
        values.choice("zh-CN", "en"),
        "zh-CN",
        "Language of contacts and people who have none of their own: `zh-CN` or `en`.",
    )
    log_format: str = _setting(values.choice("text", "json"), "text", "Form of the log lines: `text` or `json`.")
    log_level: str = _setting(
        values.choice("debug", "info", "warning", "error"),
        "info",
        "Least serious log line that is written: `debug`, `info`, `warning` or `error`.",
    )
    survey_delay: timedelta = _setting(
        values.duration, "10m", "Time from resolving a conversation to its satisfaction survey."
    )
    survey_expires: timedelta = _setting(values.duration, "72h", "Time for which a survey can be answered.")
    quiet_hours: QuietHours = _setting(
        values.quiet_hours,
        "21:00-09:00",
        "When no survey is sent, by the contact's clock: spans separated by commas. Set to nothing: never quiet.",
    )
    reopen_within: timedelta = _setting(
        values.duration,
        "24h",
        "Time for which a customer's word reopens a resolved conversation; later it opens a new one.",
    )
    webhook_max_bytes: int = _setting(values.size, "1 MB", "Largest request that is read from a provider.")
    mail_max_bytes: int = _setting(values.size, "20 MB", "Largest mail that is taken.")
    session_lifetime: timedelta = _setting(values.duration, "12h", "Time after which people sign in again.")
    trusted_proxies: tuple[Network, ...] = _setting(
        values.networks,
        "",
        "Reverse proxies whose `X-Forwarded-For` is believed, separated by commas. Empty: none.",
    )

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read the `HUILIU_*` variables. Raises `SettingsInvalid` with every problem."""
        problems = list(_unknown(environment))
        read: dict[str, Any] = {}
        for info in SETTINGS:
            try:
                read[info.name] = info.parse(environment.get(info.variable, info.default).strip())
            except ValueError as error:
                problems.append(f"{info.variable}: {error}")
        if problems:
            raise SettingsInvalid(problems)
        return cls(**_complete(read))


@dataclass(frozen=True)
class SettingInfo:
    """One setting, for reading it and for its documentation."""

    name: str
    variable: str
    default: str
    help: str
    parse: Callable[[str], Any]


SETTINGS = tuple(
    SettingInfo(name=each.name, variable=PREFIX + each.name.upper(), **each.metadata)
    for each in dataclasses.fields(Settings)
)


def _unknown(environment: Mapping[str, str]) -> Iterator[str]:
    known = [info.variable.removeprefix(PREFIX) for info in SETTINGS]
    for variable in sorted(environment):
        name = variable.removeprefix(PREFIX)
        if variable.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            yield f"{variable}: unknown setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else "")


def _complete(read: dict[str, Any]) -> dict[str, Any]:
    """Fill in what follows from other settings."""
    return read | {
        "database_url": read["database_url"] or f"sqlite:///{read['data_dir'] / 'huiliu.db'}",
        "public_url": read["public_url"] or f"http://{read['host']}:{read['port']}",
    }


def load_secret_key(settings: Settings) -> str:
    """The key of this installation; when none is set, one is made on the first call, readable by its owner only."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / "secret.key"
    if not path.exists():
        _make_secret_key(path)
    return path.read_text().strip()


def _make_secret_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    # A link appears at once and whole, and never replaces a key that another process made first.
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def settings_table() -> str:
    """Every setting as a Markdown table."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    rows += [f"| `{info.variable}` | {_code(info.default)} | {info.help} |" for info in SETTINGS]
    return "\n".join(rows)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def settings_page() -> str:
    """The reference page, docs/reference/settings.md."""
    return f"""# Settings

Huiliu reads its settings from environment variables when it starts. All problems are reported at once, and a name
that begins with `{PREFIX}` but is not in this list is refused. Durations are written like `90s`, `5m`, `2h`, `1h30m`
or `3d`, sizes like `512 KB` or `20 MB`, switches `yes` or `no`.

`make docs` writes this page from `runtime/settings.py`.

{settings_table()}
"""


if __name__ == "__main__":
    sys.stdout.write(settings_page())
