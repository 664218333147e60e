"""The lab's Telegram, as other people's bots and the product's channel find it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError, TelegramForbiddenError, TelegramRetryAfter
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import async_playwright, expect

from channels.contract import Outgoing, Surroundings, WebhookRequest
from channels.http import PATIENCE
from channels.telegram.channel import TelegramChannel
from conversations.address import telegram_address
from conversations.errors import Misconfigured, OptedOut, Throttled, UnknownOutcome
from conversations.ids import AccountId, ConversationId, DeliveryId, new_id
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, InboundMessage
from conversations.parts import Choice, Location, Media, MediaType, Menu, Option, Part, Text
from lab.api import SAMPLE
from lab.app import make_app, open_lab
from lab.books import Answered, Heard, Outcome, Refused
from lab.config import AccountConfig, LabConfig
from lab.telegram.bots import user_id
from tests.lab.product import QUICK, Lab, MovableClock, Product, Webhook
from tests.support.ears import MemoryEar, listening
from tests.support.eventually import eventually, soon
from tests.support.node import run_node
from tests.support.ports import free_port
from tests.support.surroundings import MemoryFiles, MemoryTokens

POLLED = {"bot_token": "110201543:polled-by-the-tests", "mode": "polling"}
CALLED = {"bot_token": "110201544:called-by-the-tests", "mode": "webhook", "webhook_secret": "secret-of-the-tests"}

MENU = Menu("满意吗？", (Option("csat:5", "满意"), Option("csat:1", "不满意")))

ECHO = """
const { Bot } = require("grammy");
const [token, apiRoot] = given;
const bot = new Bot(token, { client: { apiRoot } });
bot.on("message:photo", async (ctx) => ctx.reply((await ctx.getFile()).file_path.split("/")[0]));
bot.on("message:text", (ctx) => ctx.reply(ctx.msg.text + "!", {
  reply_markup: { inline_keyboard: [[{ text: "Enough", callback_data: "enough" }]] },
}));
bot.on("callback_query:data", async (ctx) => {
  await ctx.answerCallbackQuery();
  await bot.stop();
  say(ctx.callbackQuery.data);
});
bot.start();
"""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    product, clock = Product(), MovableClock()
    product.answers = [(200, b"")]
    app = web.Application()
    app.router.add_post("/webhooks/{account}", product.take)
    async with TestServer(app) as server:
        config = LabConfig(
            accounts=(
                AccountConfig(id="polled", kind="telegram", name="汇流", settings=POLLED),
                AccountConfig(id="called", kind="telegram", name="汇流", settings=CALLED),
            ),
            data_folder=tmp_path,
            gateway_url=str(server.make_url("")).rstrip("/"),
            inbox_port=free_port(),
            timings=replace(QUICK, callback_deadline=0.2),
        )
        async with (
            open_lab(config, clock) as (world, providers),
            TestClient(TestServer(make_app(world, providers))) as http,
        ):
            yield Lab(world, http, product, clock)


@pytest.fixture
async def around(lab: Lab) -> AsyncIterator[Surroundings]:
    async with aiohttp.ClientSession(timeout=PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lab.clock)


@pytest.fixture
async def bot(lab: Lab) -> AsyncIterator[Bot]:
    """aiogram's own client, with its own session."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url(lab)))
    async with Bot(POLLED["bot_token"], session=session) as made:
        yield made


def api_url(lab: Lab) -> str:
    return str(lab.http.make_url("/telegram"))


def channel(lab: Lab, around: Surroundings, account: str = "polled") -> TelegramChannel:
    settings = lab.world.config.account(account).settings
    return TelegramChannel.create(AccountId(account), {**settings, "api_url": api_url(lab)}, around)


def lilei(lab: Lab) -> int:
    return user_id(lab.world.people.named("李雷"))


def outgoing(lab: Lab, part: Part, account: str = "polled") -> Outgoing:
    return Outgoing(
        delivery=DeliveryId(new_id()),
        conversation=ConversationId(new_id()),
        address=telegram_address(AccountId(account), str(lilei(lab))),
        part=part,
    )


def request_of(lab: Lab, webhook: Webhook) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url=webhook.url,
        query=webhook.query,
        headers=webhook.headers,
        body=webhook.body,
        received_at=lab.clock(),
    )


def heard(lab: Lab) -> list[Heard]:
    return [entry for entry in lab.world.books if isinstance(entry, Heard)]


async def command(lab: Lab, name: str, account: str = "polled", **more: object) -> object:
    asked = {"account": account, "command": name, **more}
    async with lab.http.post("/lab/api/command", json=asked) as response:
        assert response.status == 200
        return await response.json()


async def test_a_bot_made_with_grammy_works_here(lab: Lab) -> None:
    """Other people's bot, in another language: it polls, answers, looks up a file, and is told of taps."""
    running = asyncio.create_task(run_node(ECHO, POLLED["bot_token"], api_url(lab)))
    await lab.say("polled", text="hello", wait=False)
    await lab.say("polled", image="sample", wait=False)
    await soon(lambda: len(heard(lab)) == 2, "the bot has answered both")
    await lab.say("polled", choice="enough", wait=False)
    assert await running == "enough"
    assert [entry.text for entry in heard(lab)] == ["hello!", "files"]
    assert await command(lab, "unanswered") == []
    assert [entry for entry in lab.world.books if isinstance(entry, Refused)] == []


async def test_aiogram_reads_and_sends_everything_here(lab: Lab, bot: Bot) -> None:
    assert (await bot.get_me()).is_bot
    for what in ({"text": "你好"}, {"image": "sample"}, {"place": [31.2, 121.4]}, {"event": "edit", "text": "您好"}):
        await lab.say("polled", wait=False, **what)
    updates = await bot.get_updates()
    assert [update.event_type for update in updates] == ["message", "message", "message", "edited_message"]
    file = await bot.get_file(updates[1].message.photo[-1].file_id)  # type: ignore[union-attr, index]
    assert file.file_path is not None
    content = await bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == SAMPLE.read_bytes()
    await bot.send_photo(lilei(lab), BufferedInputFile(SAMPLE.read_bytes(), "a.jpg"), caption="看")
    await bot.send_document(lilei(lab), BufferedInputFile(b"%PDF", "合同.pdf"))
    await bot.send_venue(lilei(lab), 31.2, 121.4, "外滩", "中山东一路")
    await bot.send_chat_action(lilei(lab), "typing")
    assert [(entry.kind, entry.text) for entry in heard(lab)] == [
        ("image", "看"),
        ("document", "合同.pdf"),
        ("location", "外滩"),
    ]


async def test_updates_wait_until_a_later_one_is_asked_for(lab: Lab, bot: Bot) -> None:
    for text in ("一", "二"):
        await lab.say("polled", text=text, wait=False)
    first, second = await bot.get_updates()
    assert [update.update_id for update in await bot.get_updates()] == [first.update_id, second.update_id]
    assert await bot.get_updates(offset=second.update_id) == [second]
    assert [entry.outcome for entry in lab.world.books if isinstance(entry, Answered)] == [Outcome.TAKEN]


async def test_of_two_who_poll_one_is_sent_away(lab: Lab, bot: Bot) -> None:
    polls = [asyncio.create_task(bot.get_updates(timeout=20)) for _ in range(2)]
    (ended,), (waiting,) = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(TelegramConflictError, match="terminated"):
        await ended
    await lab.say("polled", text="一", wait=False)
    assert len(await waiting) == 1


async def test_who_has_a_webhook_cannot_poll(lab: Lab, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook", secret_token="s")
    with pytest.raises(TelegramConflictError, match="deleteWebhook"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "empty"),
        ("a" * 4097, {}, "too long"),
        ("😀" * 2049, {}, "too long"),
        ("a", {"parse_mode": "HTML"}, "parse_mode"),
        ("a", {"data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ("a", {"data": ""}, "BUTTON_DATA_INVALID"),
        ("a", {"chat_id": 1}, "chat not found"),
    ],
)
async def test_what_telegram_would_refuse_is_refused(
    text: str, options: dict[str, object], words: str, lab: Lab, bot: Bot
) -> None:
    await lab.say("polled", text="你好", wait=False)
    buttons = [InlineKeyboardButton(text="好", callback_data=str(options["data"]))] if "data" in options else []
    with pytest.raises(TelegramBadRequest, match=words):
        await bot.send_message(
            int(str(options.get("chat_id", lilei(lab)))),
            text,
            parse_mode=str(options["parse_mode"]) if "parse_mode" in options else None,
            reply_markup=InlineKeyboardMarkup(inline_keyboard=[buttons]) if buttons else None,
        )
    assert heard(lab) == []


async def test_a_bot_cannot_write_first_nor_after_it_was_blocked(lab: Lab, bot: Bot) -> None:
    with pytest.raises(TelegramForbiddenError, match="initiate"):
        await bot.send_message(lilei(lab), "您好")
    await lab.say("polled", event="start", wait=False)
    await bot.send_message(lilei(lab), "您好")
    await lab.say("polled", event="block", wait=False)
    with pytest.raises(TelegramForbiddenError, match="blocked"):
        await bot.send_message(lilei(lab), "在吗")
    async with lab.http.post("/lab/api/say", json={"account": "polled", "customer": "李雷", "text": "不"}) as response:
        assert response.status == 409, "who has blocked a bot cannot write to it"
    await lab.say("polled", event="unblock", wait=False)
    await bot.send_message(lilei(lab), "您好")


async def test_a_busy_telegram_says_for_how_long(lab: Lab, bot: Bot) -> None:
    await lab.misbehave("telegram", answers="busy")
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.get_me()
    assert caught.value.retry_after == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [("bot1:wrong/getMe", 401), (f"bot{POLLED['bot_token']}/dance", 404), ("file/bot1:x/files/1", 404)],
)
async def test_strangers_are_sent_away(path: str, status: int, lab: Lab) -> None:
    async with lab.http.get(f"/telegram/{path}") as response:
        assert response.status == status
        assert (await response.json())["ok"] is False


async def test_the_channel_polls_and_answers(lab: Lab, around: Surroundings) -> None:
    async def answered() -> bool:
        return await command(lab, "unanswered") == []

    telegram = channel(lab, around)
    ear = MemoryEar(telegram)
    async with listening(telegram, ear):
        await lab.say("polled", event="start", text="order-7", wait=False)
        await lab.say("polled", text="在吗", wait=False)
        await soon(lambda: len(ear.events) == 3, "both are heard")
        await telegram.send(outgoing(lab, MENU))
        await lab.say("polled", choice="csat:5", wait=False)
        await soon(lambda: len(ear.events) == 4, "the tap is heard")
        await eventually(answered, "the tap is answered")
    followed, scanned, words, tap = ear.events
    assert isinstance(followed, ContactChanged)
    assert (followed.change, followed.detail) == (ContactChange.FOLLOWED, "order-7")
    assert [event.parts for event in (scanned, words, tap) if isinstance(event, InboundMessage)] == [
        (Choice("order-7"),),
        (Text("在吗"),),
        (Choice("csat:5", "满意"),),
    ]


async def test_an_album_comes_as_the_pieces_of_one_message_when_polled(lab: Lab, around: Surroundings) -> None:
    telegram = channel(lab, around)
    ear = MemoryEar(telegram)
    await command(lab, "album", customer="李雷", pictures=3)
    async with listening(telegram, ear):
        await soon(lambda: len(ear.events) == 3, "the album is heard")
    assert_album(ear.events)
    (picture, _words) = ear.events[0].parts if isinstance(ear.events[0], InboundMessage) else ()
    assert isinstance(picture, Media)
    assert (await telegram.fetch_media(picture)).content == SAMPLE.read_bytes()


async def test_an_album_comes_as_the_same_pieces_by_webhook(lab: Lab, around: Surroundings) -> None:
    telegram = channel(lab, around, "called")
    await command(lab, "album", "called", customer="李雷", pictures=3)
    await soon(lambda: len(lab.product.requests) == 3, "the album is delivered")
    assert_album([*chain.from_iterable(telegram.parse(request_of(lab, each)).events for each in lab.product.requests)])


def assert_album(events: list[InboundEvent]) -> None:
    said = [event for event in events if isinstance(event, InboundMessage)]
    assert [[part.kind for part in event.parts] for event in said] == [["media", "text"], ["media"], ["media"]]
    assert [event.fragment.total if event.fragment else 1 for event in said] == [0, 0, 0]
    assert len({event.fragment.reference for event in said if event.fragment}) == 1


async def test_the_webhook_bears_the_secret_and_its_answer_ends_the_waiting_of_a_button(
    lab: Lab, around: Surroundings
) -> None:
    telegram = channel(lab, around, "called")
    await telegram.check()
    await lab.say("called", text="在吗")
    await telegram.send(outgoing(lab, MENU, "called"))
    await lab.say("called", choice="csat:1")
    words, tap = [request_of(lab, webhook) for webhook in lab.product.requests]
    telegram.verify(words)
    telegram.verify(tap)
    assert await command(lab, "unanswered", "called") != []
    lab.product.answers = [(200, telegram.parse(tap).reply.body)]
    await lab.say("called", text="谢谢")
    assert await command(lab, "unanswered", "called") == []


async def test_a_wrong_secret_is_found_by_the_check(lab: Lab, around: Surroundings) -> None:
    lab.product.answers = [(401, b"")]
    await lab.say("called", text="在吗")
    with pytest.raises(Misconfigured, match="401"):
        await channel(lab, around, "called").check()


async def test_repetitions_have_one_key(lab: Lab, around: Surroundings) -> None:
    await lab.misbehave("telegram", thrice=True)
    await lab.say("called", text="在吗")
    telegram = channel(lab, around, "called")
    events = [telegram.parse(request_of(lab, webhook)).events[0] for webhook in lab.product.requests]
    assert len(events) == 3
    assert len({event.key for event in events if isinstance(event, InboundMessage)}) == 1


async def test_every_part_reaches_the_phone(lab: Lab, around: Surroundings) -> None:
    await lab.say("polled", event="start", wait=False)
    telegram = channel(lab, around)
    assert isinstance(around.files, MemoryFiles)
    digest, size = around.files.keep(SAMPLE.read_bytes()), SAMPLE.stat().st_size
    parts = (
        Text("<b>您好</b>"),
        Media(MediaType.IMAGE, name="a.jpg", mime="image/jpeg", size=size, digest=digest),
        Media(MediaType.VOICE, name="a.ogg", mime="audio/ogg", size=size, digest=digest),
        Media(MediaType.FILE, name="合同.pdf", mime="application/pdf", size=size, digest=digest),
        Location(31.2, 121.4, "外滩"),
        MENU,
    )
    for part in telegram.plan(parts):
        await telegram.send(outgoing(lab, part))
    await telegram.tell_typing(outgoing(lab, parts[0]).address)
    assert [entry.kind for entry in heard(lab)] == ["text", "image", "voice", "document", "location", "text"]
    assert lab.world.media.content(lab.world.media.find(heard(lab)[1].medium)) == SAMPLE.read_bytes()


async def test_blocks_and_outages_are_named(lab: Lab, around: Surroundings) -> None:
    telegram = channel(lab, around)
    await lab.say("polled", event="start", wait=False)
    for answers, error in (("busy", Throttled), ("lost", UnknownOutcome)):
        await lab.misbehave("telegram", answers=answers)
        with pytest.raises(error):
            await telegram.send(outgoing(lab, Text("您好")))
    await lab.misbehave("telegram", answers="normal")
    await lab.say("polled", event="block", wait=False)
    with pytest.raises(OptedOut):
        await telegram.send(outgoing(lab, Text("您好")))
    assert [entry.text for entry in heard(lab)] == ["您好"], "the one whose answer was lost"


async def test_the_phone_writes_taps_and_blocks(lab: Lab, bot: Bot, chromium: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(locale="zh-CN", viewport={"width": 1600, "height": 800})
        await page.goto(str(lab.http.make_url("/")))
        await page.locator(".telegram textarea").fill("在吗")
        await page.keyboard.press("Enter")
        await expect(page.locator(".telegram .own .bubble")).to_have_text("在吗")
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="满意", callback_data="5")]])
        await bot.send_message(lilei(lab), "满意吗？", reply_markup=keyboard)
        await page.locator(".telegram .options button").click()
        await expect(page.locator(".telegram .own .bubble").last).to_have_text("满意")
        await page.get_by_role("button", name="屏蔽").click()
        await expect(page.locator(".telegram .notice")).to_contain_text("已屏蔽机器人")
        await expect(page.locator(".telegram textarea")).to_be_disabled()
        await browser.close()
    assert [update.event_type for update in await bot.get_updates()] == ["message", "callback_query", "my_chat_member"]
