"""The core with a message centre: what is said arrives once, what is sent is known to be delivered."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from channels.sms.smpp.channel import SmppChannel
from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId, new_id
from conversations.message import DeliveryState, Lane
from conversations.parts import plain_text
from exchange.accounts import AccountBook
from exchange.delivery import Courier
from exchange.intake import Intake
from exchange.listening import Listening
from exchange.recording import Policy
from storage import accounts, tables
from tests.lab.test_smpp import LOGIN, Room, links, open_room
from tests.support.builders import VAULT
from tests.support.core import Core, core, running
from tests.support.eventually import soon
from tests.support.surroundings import open_surroundings

__all__ = ["core"]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        yield await open_room(stack, tmp_path)


@pytest.fixture
async def courier(core: Core, room: Room) -> AsyncIterator[Courier]:
    """A process that listens to the centre, and sends through it."""
    settings = {"host": "127.0.0.1", "port": str(room.world.config.smpp_port), **LOGIN}
    account = Account(id=AccountId("smpp"), kind="sms_smpp", name="smpp", settings=settings)
    await core.database.write(accounts.add, VAULT, account, utc_now(), "test")
    async with open_surroundings() as around:
        book = AccountBook(core.database, VAULT, around, {"sms_smpp": SmppChannel})
        await book.load()
        policy = Policy(timedelta(hours=24), core.surveys.take_answers, book.window)
        intake = Intake(core.database, core.files, book, core.clock, policy, core.counted)
        async with running(Listening(core.database, book, intake, utc_now, "one").run()):
            await soon(lambda: links(room), "the session", 20)
            yield Courier(core.database, book, core.clock, Lane.INTERACTIVE, new_id(), core.counted)


async def texts(core: Core) -> list[str]:
    return [plain_text(row.parts) for row in await core.rows(tables.messages)]


@pytest.mark.usefixtures("courier")
async def test_pieces_become_one_message_and_equal_messages_stay_two(core: Core, room: Room) -> None:
    for text in ("很长的话。" * 30, "1", "1"):
        await room.say(text)
    assert await texts(core) == ["很长的话。" * 30, "1", "1"]


@pytest.mark.usefixtures("courier")
async def test_a_message_whose_answer_the_centre_missed_is_there_once(core: Core, room: Room) -> None:
    room.world.manners.change("sms_smpp", thrice=True)
    await room.say("hello")
    assert await texts(core) == ["hello"]


async def test_receipts_that_overtake_the_answer_find_their_messages(core: Core, room: Room, courier: Courier) -> None:
    room.world.manners.change("sms_smpp", receipts="early")
    await room.say("在吗")
    (heard,) = await core.rows(tables.messages)
    conversation = await core.conversation(heard.conversation_id)
    for text in ("Short [one]", "two"):
        await core.post(conversation, text)
    await courier.drain()
    assert room.heard() == ["Short [one]", "two"]
    assert [row.state for row in await core.rows(tables.deliveries)] == [DeliveryState.DELIVERED] * 2
