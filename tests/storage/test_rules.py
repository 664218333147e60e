"""Rules: a version is saved as a whole, stays as it was, and of two editors the second is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from conversations.events import EventKind
from storage import events, rules
from storage.rules import RuleBook, RulesChanged
from tests.support.builders import NOW, a_rule, open_database


def a_book(*rows: rules.RuleRow, **changes: object) -> RuleBook:
    book = RuleBook(saved_at=NOW, author="ada", reason="more complaints", rules=rows, words={"complaint": ("投诉",)})
    return replace(book, **changes)  # type: ignore[arg-type]  # each test names fields of a book


async def test_a_version_comes_back_as_it_was_saved(database_url: str) -> None:
    first = a_rule("q", conditions={"words": ["退款", "refund"], "repeat": {"times": 3, "days": 7}})
    async with open_database(database_url) as database:
        assert await database.read(rules.current) == RuleBook()
        saved = await database.write(rules.save, a_book(first, a_rule("q")))
        assert saved.number == 1
        await database.write(rules.save, replace(saved, rules=(), reason="none", saved_at=NOW + timedelta(hours=1)))
        old = await database.read(rules.version, 1)
        assert old is not None
        assert (old.rules, dict(old.words), old.author) == (saved.rules, {"complaint": ["投诉"]}, "ada")
        assert (await database.read(rules.current)).rules == ()
        assert [each.number for each in await database.read(rules.versions)] == [2, 1]
        assert [each.number for each in await database.read(rules.versions, before=2)] == [1]


async def test_every_version_is_told_with_its_author_and_reason(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.write(rules.save, a_book())
        (event,) = await database.read(events.after, 0)
    assert (event.kind, event.actor, event.reason) == (
        EventKind.SETUP_CHANGED,
        "ada",
        "rules, version 1: more complaints",
    )


async def test_of_two_who_save_at_once_one_is_told(database_url: str) -> None:
    """Through connections of their own, as two gateways have."""
    async with open_database(database_url) as one, open_database(database_url) as other:
        outcomes = await asyncio.gather(
            one.write(rules.save, a_book(reason="one")),
            other.write(rules.save, a_book(reason="other")),
            return_exceptions=True,
        )
        assert [type(each) for each in outcomes].count(RulesChanged) == 1
        (only,) = await one.read(rules.versions)
    assert [each for each in outcomes if isinstance(each, RuleBook)] == [replace(only, words=a_book().words)]
