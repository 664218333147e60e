"""Rules: the whole ordered list is one version; nothing that was saved is ever changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from conversations.events import Event, EventKind
from conversations.ids import RuleId
from storage.database import Transaction
from storage.rows import fields_of
from storage.tables import rule_versions


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One line of the list as it was written; `routing.rulebook.rules` reads it."""

    id: RuleId
    name: str
    conditions: Mapping[str, object] = field(default_factory=dict)
    actions: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """One version: the rules in their order, and the word lists that were edited. Number 0 was never saved."""

    number: int = 0
    saved_at: datetime | None = None
    author: str = ""
    reason: str = ""
    rules: tuple[RuleRow, ...] = ()
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


class RulesChanged(Exception):
    """Somebody saved another version meanwhile; nothing was written."""


def current(connection: Connection) -> RuleBook:
    """The version that is in force."""
    row = connection.execute(select(rule_versions).order_by(rule_versions.c.number.desc()).limit(1)).one_or_none()
    return RuleBook() if row is None else _book(fields_of(row))


def version(connection: Connection, number: int) -> RuleBook | None:
    """One version, or None."""
    row = connection.execute(select(rule_versions).where(rule_versions.c.number == number)).one_or_none()
    return None if row is None else _book(fields_of(row))


def versions(connection: Connection, *, before: int | None = None, limit: int = 50) -> list[RuleBook]:
    """Versions, the newest first; `before` is the last number of the page above."""
    query = select(rule_versions).order_by(rule_versions.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(rule_versions.c.number < before)
    return [_book(fields_of(row)) for row in connection.execute(query)]


def save(transaction: Transaction, book: RuleBook) -> RuleBook:
    """Put `book` into force in place of the version with its `number`. Raises `RulesChanged`.

    Of two who save at once one loses the race for the number, is run again, and finds the other's version.
    """
    if current(transaction.connection).number != book.number:
        raise RulesChanged
    number = book.number + 1
    content = {"rules": [vars(rule) for rule in book.rules], "words": dict(book.words)}
    transaction.connection.execute(
        insert(rule_versions).values(
            number=number, saved_at=book.saved_at, author=book.author, reason=book.reason, content=content
        )
    )
    transaction.emit(_saved(book, number))
    return RuleBook(**{**vars(book), "number": number})


def _saved(book: RuleBook, number: int) -> Event:
    assert book.saved_at is not None  # noqa: S101  # the database insists on it too
    return Event(
        kind=EventKind.SETUP_CHANGED,
        at=book.saved_at,
        actor=book.author,
        reason=f"rules, version {number}: {book.reason}",
        data={"rules": number},
    )


def _book(fields: dict[str, Any]) -> RuleBook:
    content = fields.pop("content")
    rules = tuple(RuleRow(**each) for each in content["rules"])
    return RuleBook(**fields, rules=rules, words=content["words"])
