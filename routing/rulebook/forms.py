"""Forms: how values of conditions and actions are written down. Every reader raises `Wrong`."""

from routing.rulebook.problems import Known, Wrong


def texts(wanted: object) -> list[str]:
    """A list of texts, none of them empty."""
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise Wrong("This must be a list of texts.")
    found = [each.strip() for each in wanted]
    if not found or not all(found):
        raise Wrong("Fill this in or take it away.")
    return found


def chosen(wanted: object, known: Known, of: str) -> list[str]:
    """A list of things that there are."""
    found = texts(wanted)
    for each in found:
        if each not in known.names[of]:
            raise Wrong("“{value}” does not exist any more. Choose another one.", value=each)
    return found


def one(wanted: object, known: Known, of: str) -> str:
    """One thing that there is."""
    if not isinstance(wanted, str) or not wanted:
        raise Wrong("Choose one.")
    (found,) = chosen([wanted], known, of)
    return found


def text(wanted: object, longest: int) -> str:
    """A text of a certain length at most."""
    if not isinstance(wanted, str) or not wanted.strip():
        raise Wrong("Fill this in or take it away.")
    if len(wanted.strip()) > longest:
        raise Wrong("This is longer than {longest} characters.", longest=str(longest))
    return wanted.strip()


def number(wanted: object, lowest: int, highest: int) -> int:
    """A whole number between two others."""
    if type(wanted) is not int or not lowest <= wanted <= highest:
        raise Wrong("This must be a whole number from {lowest} to {highest}.", lowest=str(lowest), highest=str(highest))
    return wanted


def fields(wanted: object, *names: str) -> dict[str, object]:
    """An object with these fields and no other."""
    if not isinstance(wanted, dict) or set(wanted) != set(names):
        raise Wrong("This must have the fields {names}.", names=", ".join(names))
    return wanted
