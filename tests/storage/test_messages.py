"""Messages: every part comes back as it was, keys are unique, the timeline comes in pages."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from sqlalchemy.exc import IntegrityError

from conversations.ids import AccountId, MessageId, new_id
from conversations.message import AuthorKind, Direction, Message
from conversations.parts import (
    Album,
    Choice,
    Html,
    Link,
    Location,
    Media,
    MediaType,
    Menu,
    Option,
    Part,
    Segment,
    Template,
    Text,
)
from storage import messages
from storage.database import Database
from tests.support.builders import NOW, a_contact, a_conversation, an_account, open_database, store

ACCOUNT, OTHER, CONTACT = an_account(), an_account(), a_contact()
MATTER = a_conversation(ACCOUNT.id, CONTACT.id)

EVERY_PART = (
    Text("你好 😀 \u2028", quoted="> old"),
    Html("<p>你好</p>"),
    Media(MediaType.IMAGE, name="a.png", mime="image/png", size=3, digest="0" * 64, ref="media-1"),
    Location(39.9, 116.4, "天安门"),
    Link("https://example.com/?a=1", "title", "description"),
    Menu("which?", (Option("1", "满意"), Option("2", "不满意"))),
    Choice("1", "满意"),
    Template("notice-1", "您的快递已发出", (("number", "SF123"), ("day", "周一")), "https://example.com/", once=True),
    Segment("第一段", 4711, 1, 2),
    Album((Media(MediaType.IMAGE, digest="aa"), Media(MediaType.FILE, name="合同.pdf", digest="bb", size=7))),
)


def a_message(**changes: Any) -> Message:
    message = Message(
        id=MessageId(new_id()),
        conversation_id=MATTER.id,
        contact_id=CONTACT.id,
        account_id=ACCOUNT.id,
        address=MATTER.address,
        direction=Direction.INBOUND,
        author=AuthorKind.CONTACT,
        author_id=CONTACT.id,
        parts=(Text("你好"),),
        key=new_id(),
        occurred_at=NOW,
        received_at=NOW,
    )
    return replace(message, **changes)


async def stored(database: Database, *said: Message) -> None:
    await database.write(store, ACCOUNT, OTHER, CONTACT, MATTER)
    await database.write(messages.add, said)


async def test_every_part_comes_back_as_it_was(database_url: str) -> None:
    said = a_message(parts=EVERY_PART, subject="主题", external_id="name")
    assert {type(part) for part in EVERY_PART} == set(get_args(Part))
    async with open_database(database_url) as database:
        await stored(database, said)
        assert await database.read(messages.get, said.id) == said


async def test_bytes_of_a_file_are_not_stored_in_a_message(database_url: str) -> None:
    said = a_message(parts=(Media(MediaType.FILE, ref="1", content=b"secret"),))
    async with open_database(database_url) as database:
        await stored(database, said)
        found = await database.read(messages.get, said.id)
        assert found is not None
        (part,) = found.parts
        assert isinstance(part, Media)
        assert part.content == b""


async def test_a_key_is_unique_for_its_account_and_direction(database_url: str) -> None:
    said = a_message(key="1")
    async with open_database(database_url) as database:
        await stored(
            database, said, a_message(key="1", account_id=OTHER.id), a_message(key="1", direction=Direction.NOTE)
        )
        with pytest.raises(IntegrityError):
            await database.write(messages.add, [a_message(key="1")])
        asked = [(ACCOUNT.id, "1"), (ACCOUNT.id, "2"), (AccountId("other"), "1")]
        assert await database.read(messages.known_keys, asked) == {(ACCOUNT.id, "1")}
        assert await database.read(messages.by_key, ACCOUNT.id, Direction.INBOUND, "1") == said
        assert await database.read(messages.by_key, ACCOUNT.id, Direction.OUTBOUND, "1") is None


async def test_a_timeline_is_read_backwards_in_pages(database_url: str) -> None:
    said = [a_message() for _ in range(7)]
    async with open_database(database_url) as database:
        await stored(database, *said)
        newest = await database.read(messages.timeline, CONTACT.id, limit=3)
        older = await database.read(messages.timeline, CONTACT.id, before=newest[0].id, limit=3)
        oldest = await database.read(messages.timeline, CONTACT.id, before=older[0].id, limit=3)
        assert [*oldest, *older, *newest] == said
        assert await database.read(messages.of_conversation, MATTER.id, 3) == newest


async def test_the_words_of_customers_are_told_without_ours(database_url: str) -> None:
    async with open_database(database_url) as database:
        ours = a_message(direction=Direction.OUTBOUND, parts=(Text("ours"),))
        await stored(database, a_message(subject="退款", parts=(Text("one"),)), ours, a_message(parts=(Text("two"),)))
        said = await database.read(messages.first_words, [MATTER.id])
        assert said[MATTER.id].split() == ["退款", "one", "two"]


async def test_names_of_messages_are_those_of_their_account(database_url: str) -> None:
    async with open_database(database_url) as database:
        await stored(database, *(a_message(external_id=name) for name in ("<1>", "", "<2>")))
        assert await database.read(messages.external_ids, MATTER.id, ACCOUNT.id) == ["<1>", "<2>"]
        found = await database.read(messages.conversations_by_external_id, ACCOUNT.id, ["<1>", "<3>"])
        assert found == {"<1>": MATTER.id}
        assert await database.read(messages.conversations_by_external_id, OTHER.id, ["<1>"]) == {}


async def test_messages_of_an_account_nobody_made_are_refused(database_url: str) -> None:
    async with open_database(database_url) as database:
        await stored(database)
        with pytest.raises(IntegrityError):
            await database.write(messages.add, [a_message(account_id=AccountId("nobody"))])
