"""The books: complete, in order, and still there after a restart."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.books import Answered, Books, Customer, Entry, Heard, Medium, Option, Outcome, Refused, Reported, Said

AT = datetime(2026, 11, 21, 6, 0, 0, 123, tzinfo=UTC)

ENTRIES: list[Entry] = [
    Customer(name="李雷", phone="+8613800138000", mailbox="lilei@customer.example"),
    Medium(id="m", at=AT, account="a", mime="image/png"),
    Said(id="s", at=AT, account="a", customer="李雷", kind="text", key="1", text="你好\n\u2028"),
    Heard(id="h", at=AT, account="a", customer="李雷", kind="msgmenu", key="2", options=(Option(id="1", label="好"),)),
    Reported(id="r", at=AT, account="a", customer="李雷", key="2", success=True, code="DELIVERED"),
    Refused(at=AT, where="/wechat", code="45015", text="over"),
    Answered(to="s", at=AT, attempt=1, outcome=Outcome.TAKEN, status=200, text="", milliseconds=3),
]


def test_every_kind_of_entry_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    with Books(file) as books:
        for entry in ENTRIES:
            books.write(entry)
    with Books(file) as books:
        assert list(books) == ENTRIES


def test_half_a_line_of_a_killed_lab_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "books.jsonl"
    with Books(file) as books:
        books.write(ENTRIES[0])
    with file.open("ab") as end:
        end.write(b'{"entry":"sa')
    with Books(file) as books:
        books.write(ENTRIES[1])
    with Books(file) as books:
        assert list(books) == ENTRIES[:2]


def test_entries_are_numbered_from_one(tmp_path: Path) -> None:
    seen: list[int] = []
    with Books(tmp_path / "books.jsonl") as books:
        unfollow = books.follow(lambda number, _entry: seen.append(number))
        books.write(ENTRIES[0])
        books.write(ENTRIES[1])
        unfollow()
        books.write(ENTRIES[2])
        assert [number for number, _entry in books.after(1)] == [2, 3]
    assert seen == [1, 2]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: type(entry).__name__)
def test_entries_cannot_be_changed(entry: Entry) -> None:
    with pytest.raises(AttributeError):
        entry.at = AT  # type: ignore[union-attr,misc]
