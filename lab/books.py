"""The lab's books: everything that was said, heard and answered, in order, on disk.

They are kept apart from the product on purpose: a test compares them with the product's database to prove that nothing
was lost and nothing came twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson


class Outcome(StrEnum):
    """What the product did with one delivery."""

    TAKEN = "taken"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Somebody who writes to us from a phone, a mailbox and WeChat."""

    name: str
    phone: str
    mailbox: str


@dataclass(frozen=True, kw_only=True)
class Medium:
    """A picture that somebody sent; the bytes are beside the books, under the id."""

    id: str
    at: datetime
    account: str
    mime: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a customer did. `key` is the provider's name for it, the same on each delivery; `kind` also names events."""

    id: str
    at: datetime
    account: str
    customer: str
    kind: str
    key: str
    text: str = ""
    subject: str = ""
    medium: str = ""
    choice: str = ""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One line of a menu that a customer can tap."""

    id: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the provider accepted from the product; the customer saw it unless a `Reported` says that it failed."""

    id: str
    at: datetime
    account: str
    customer: str
    kind: str
    key: str
    text: str = ""
    subject: str = ""
    html: str = ""
    medium: str = ""
    options: tuple[Option, ...] = ()
    passive: bool = False
    reply_to: str = ""
    references: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the provider says later about a message: `key` is the one of the `Heard`."""

    id: str
    at: datetime
    account: str
    customer: str
    key: str
    success: bool
    code: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What a provider did not accept from the product, by its own code; `where` is the path or address asked for."""

    at: datetime
    where: str
    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """How the product answered one delivery of a `Said` or a `Reported` (`to` is its id); `status` 0 is no answer."""

    to: str
    at: datetime
    attempt: int
    outcome: Outcome
    status: int
    text: str
    milliseconds: int


Entry = Customer | Medium | Said | Heard | Reported | Refused | Answered

KINDS: dict[str, type[Entry]] = {
    kind.__name__.lower(): kind for kind in (Customer, Medium, Said, Heard, Reported, Refused, Answered)
}

Reader = Callable[[int, Entry], None]


class Books:
    """Entries in order, numbered from 1; each is a line of JSON in a file."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._entries = [read_entry(orjson.loads(line)) for line in _lines(file)]
        self._file = file.open("ab")
        self._readers: list[Reader] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def write(self, entry: Entry) -> None:
        """Add an entry, on disk first, and tell those who follow."""
        self._file.write(orjson.dumps(entry_json(entry)) + b"\n")
        self._file.flush()
        self._entries.append(entry)
        for reader in tuple(self._readers):
            reader(len(self._entries), entry)

    def after(self, number: int) -> list[tuple[int, Entry]]:
        """The entries behind this number."""
        return list(enumerate(self._entries[number:], start=number + 1))

    def follow(self, reader: Reader) -> Callable[[], None]:
        """Call for each new entry, until the returned function is called."""
        self._readers.append(reader)
        return lambda: self._readers.remove(reader)


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as JSON, with the name of its kind."""
    return {"entry": type(entry).__name__.lower(), **{each.name: getattr(entry, each.name) for each in fields(entry)}}


def read_entry(raw: dict[str, Any]) -> Entry:
    """The entry that `entry_json` wrote."""
    kind = KINDS[raw.pop("entry")]
    return kind(**{name: _READ.get(name, _as_it_is)(value) for name, value in raw.items()})


def _as_it_is(value: Any) -> Any:
    return value


_READ: dict[str, Callable[[Any], Any]] = {
    "at": datetime.fromisoformat,
    "outcome": Outcome,
    "options": lambda options: tuple(Option(**option) for option in options),
}


def _lines(file: Path) -> list[bytes]:
    """Whole lines only: a lab that was killed may have left half of one."""
    if not file.exists():
        return []
    whole, end, _half = file.read_bytes().rpartition(b"\n")
    file.write_bytes(whole + end)
    return whole.splitlines()
