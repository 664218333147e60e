"""WeCom as the lab plays it, heard by the real core: what was said is stored once, with the place to go on from."""

from datetime import timedelta

import aiohttp

from channels.contract import Surroundings, WebhookRequest
from channels.wecom.channel import WeComChannel
from conversations.account import Account
from conversations.ids import AccountId
from conversations.message import Direction
from exchange.accounts import AccountBook
from exchange.intake import Intake
from exchange.listening import Listening
from exchange.recording import Policy
from storage import accounts, listeners, tables
from storage.database import Transaction
from tests.lab.product import WECOM, Lab
from tests.lab.test_wecom import command
from tests.support.builders import VAULT
from tests.support.core import Core, running
from tests.support.eventually import eventually
from tests.support.surroundings import MemoryFiles, MemoryTokens

KF = AccountId("kf")


async def stored(core: Core, count: int) -> list[tuple[str, str]]:
    """Direction and key of each message, once there are this many."""

    async def look() -> list[tuple[str, str]]:
        rows = await core.rows(tables.messages)
        return [(row.direction, row.key) for row in rows] if len(rows) >= count else []

    return await eventually(look, f"{count} messages are stored")


async def deliver(lab: Lab, book: AccountBook, intake: Intake) -> None:
    """Hand the last callback over, as the gateway does."""
    webhook, endpoint = lab.product.requests[-1], book.get(KF)
    assert endpoint is not None
    request = WebhookRequest(
        method="POST", url=webhook.url, query=webhook.query, body=webhook.body, received_at=lab.clock()
    )
    endpoint.channel.verify(request)
    await intake.accept(KF, request, endpoint.channel.parse(request), trace="trace")


async def test_a_callback_brings_the_news_into_the_database_once(core: Core, lab: Lab) -> None:
    settings = {**WECOM, "api_url": str(lab.http.make_url("/wecom"))}

    def furnish(transaction: Transaction) -> None:
        account = Account(id=KF, kind="wecom", name="微信客服", settings=settings)
        accounts.add(transaction, VAULT, account, lab.clock(), "test")

    await core.database.write(furnish)
    async with aiohttp.ClientSession() as http:
        around = Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)
        book = AccountBook(core.database, VAULT, around, {"wecom": WeComChannel})
        await book.load()
        policy = Policy(timedelta(hours=24), core.surveys.take_answers, book.window)
        intake = Intake(core.database, core.files, book, lab.clock, policy, core.counted)
        listening = Listening(core.database, book, intake, lab.clock, "one")
        core.database.on_commit(listening.hear)
        await lab.misbehave("wecom", thrice=True)
        said = (await lab.say("kf", text="在吗"))["said"]
        assert isinstance(said, dict)
        async with running(listening.run()):
            assert await stored(core, 1) == [(Direction.INBOUND, said["key"])]
            answer = await command(lab, "agent_says", text="在的")
            await deliver(lab, book, intake)
            assert await stored(core, 2) == [(Direction.INBOUND, said["key"]), (Direction.OUTBOUND, answer)]
        assert (await core.database.read(listeners.cursor, KF)).startswith(f"{WECOM['open_kfid']} ")
