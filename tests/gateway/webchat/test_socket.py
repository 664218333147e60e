"""A visitor's line: what they say is confirmed when it is stored, what they miss is told when they come back."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from channels.webchat.identity import sign_claims
from conversations.message import DeliveryState
from conversations.parts import Choice, Menu, Option, Text
from storage import deliveries, messages, quarantine
from tests.support.webchat_site import ORIGIN, SITE_SECRET, Browser, Gateway, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


def signed(**claims: Any) -> dict[str, str]:
    identity = json.dumps({"exp": int(time.time()) + 600, **claims})
    return {"identity": identity, "signature": sign_claims(SITE_SECRET, identity)}


async def write(browser: Browser, text: str, client: str) -> None:
    await browser.say(kind="message", id=client, text=text)
    assert (await browser.hear("committed"))["id"] == client


async def test_what_a_visitor_writes_is_stored_before_it_is_confirmed(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        await write(browser, "余额", "message-1")

        (message,) = await site.said()
    assert message.parts == (Text("余额"),)
    assert message.address == f"web:{site.account}/{welcome['visitor']}"
    assert welcome["messages"] == []
    assert welcome["greeting"] == "您好"


async def test_a_visitor_hears_the_answer_and_what_they_said_themselves(site: Site) -> None:
    async with site.browser() as (browser, _):
        await browser.say(kind="message", id="message-1", text="余额")
        (own,) = await browser.hear_messages("余额")
        await site.reply("100 元")
        answer = (await browser.hear_messages("100 元"))[-1]

    assert (own["from"], own["client"]) == ("visitor", "message-1")
    assert answer["from"] == "agent"
    assert answer["parts"][0]["state"] == "accepted"


async def test_saying_it_again_stores_it_once(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        await write(browser, "余额", "message-1")
        await write(browser, "余额", "message-1")
    async with site.browser(token=welcome["token"]) as (browser, _):
        await write(browser, "余额", "message-1")

    assert len(await site.said()) == 1


async def test_two_visitors_may_use_the_same_id(site: Site) -> None:
    for _ in range(2):
        async with site.browser() as (browser, _welcome):
            await write(browser, "余额", "message-1")

    assert len(await site.conversations()) == 2


async def test_who_comes_back_reads_what_was_said_meanwhile(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        await write(browser, "one", "message-1")
        seen = (await browser.hear_messages("one"))[-1]
    await site.reply("two")
    await site.reply("three")

    async with site.browser(token=welcome["token"]) as (_, everything):
        texts = [part["text"] for message in everything["messages"] for part in message["parts"]]
        assert texts[0] == "one"
        assert set(texts) <= {"one", "two", "three"}
        assert everything["visitor"] == welcome["visitor"]
    assert seen["id"] == everything["messages"][0]["id"]


async def test_the_cursor_leaves_out_what_was_seen_and_tells_what_changed(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        await write(browser, "one", "message-1")
        await site.reply("two")
        await browser.hear_messages("two")
        await browser.say(kind="typing")
        cursor = site.services.feed.position
    await site.reply("three")
    await until_accepted(site, 2)

    async with site.browser(token=welcome["token"], cursor=cursor) as (_, missed):
        texts = [part["text"] for message in missed["messages"] for part in message["parts"]]
    assert texts[-1] == "three"
    assert "one" not in texts


@pytest.mark.parametrize("cursor", [10**9, -1, "7", None, True])
async def test_a_cursor_from_nowhere_means_everything(site: Site, cursor: object) -> None:
    async with site.browser() as (browser, welcome):
        await write(browser, "one", "message-1")

    async with site.browser(token=welcome["token"], cursor=cursor) as (_, again):
        assert [message["client"] for message in again["messages"]] in (["message-1"], [])


async def until_accepted(site: Site, count: int) -> list[str]:
    """Wait until so many parts were accepted; their ids."""
    async for _ in site.services.feed.follow(0):
        (conversation,) = await site.conversations()
        said = await site.services.database.read(messages.of_conversation, conversation.id)
        parts = await site.services.database.read(deliveries.of_messages, [each.id for each in said])
        rows = [row for each in said for row in parts.get(each.id, [])]
        accepted = [row.id for row in rows if row.state is DeliveryState.ACCEPTED]
        if len(accepted) == count:
            return list(accepted)
    raise AssertionError("the feed ended")


async def test_receipts_move_our_messages_forward(site: Site) -> None:
    async with site.browser() as (browser, _):
        await write(browser, "one", "message-1")
        await site.reply("two")
        (answer,) = (await browser.hear_messages("two"))[-1:]
        await browser.say(kind="receipt", status="read", deliveries=[answer["parts"][0]["delivery"]])
        states = [(await browser.hear("news"))["messages"][-1]["parts"][0]["state"]]
        while states[-1] != "read":
            states.append((await browser.hear("news"))["messages"][-1]["parts"][0]["state"])

    assert (await site.said())[-1].state is DeliveryState.READ


async def test_a_menu_is_answered_with_one_tap(site: Site) -> None:
    menu = Menu("满意吗？", (Option("5", "满意"), Option("1", "不满意")))
    async with site.browser() as (browser, _):
        await write(browser, "one", "message-1")
        await site.reply(menu)
        shown = (await browser.hear_messages("满意吗？"))[-1]["parts"][0]
        await browser.say(kind="message", id="message-2", choice=shown["options"][0])
        await browser.hear("committed")

    assert (await site.said())[-1].parts == (Choice("5", "满意"),)


async def test_a_signed_customer_is_the_same_person_on_every_device(site: Site) -> None:
    identity = signed(user="10086", name="李雷", phone="+8613800138000")
    visitors = set()
    for number in (1, 2):
        async with site.browser(**identity) as (browser, welcome):
            visitors.add(welcome["visitor"])
            await write(browser, "hello", f"message-{number}")

    assert len(visitors) == 1
    assert len(await site.said()) == 2


async def test_customers_who_share_a_browser_stay_two_people(site: Site) -> None:
    async with site.browser(**signed(user="1")) as (browser, welcome):
        await write(browser, "mine", "message-1")
    async with site.browser(token=welcome["token"], **signed(user="2")) as (browser, other):
        await write(browser, "not yours", "message-2")

    assert other["messages"] == []
    assert len({conversation.contact_id for conversation in await site.conversations()}) == 2


@pytest.mark.parametrize("forgery", [{"signature": "0" * 64}, {"signature": ""}, {"identity": '{"user":"2"}'}])
async def test_a_forged_identity_is_refused_and_the_visitor_may_go_on_without(
    site: Site, forgery: dict[str, str]
) -> None:
    async with site.client.ws_connect(f"{site.url}/socket", headers={"Origin": ORIGIN}) as socket:
        browser = Browser(socket)
        await browser.say(kind="hello", **{**signed(user="1"), **forgery})
        assert await browser.hear("refused") == {"kind": "refused", "id": "hello", "reason": "identity"}
        await browser.say(kind="hello")
        await browser.hear("welcome")


@pytest.mark.parametrize(
    "frame",
    [
        "not JSON",
        "[]",
        "{}",
        '{"kind":"dance"}',
        '{"kind":"message","id":"message-1"}',
        '{"kind":"message","text":"x"}',
        '{"kind":"message","id":["message-1"],"text":{"a":1}}',
        '{"kind":"message","id":"message-1","attachments":"x"}',
        '{"kind":"message","id":"message-1","form":7}',
        '{"kind":"receipt","status":"read","deliveries":{}}',
        '{"kind":"message","id":"message-1","text":"\\ud800"}',
        "[" * 60_000,
    ],
)
async def test_nonsense_is_refused_and_the_line_stays_open(site: Site, frame: str) -> None:
    async with site.browser() as (browser, _):
        await browser.socket.send_str(frame)
        assert (await browser.hear("refused"))["reason"] == "unreadable"
        await write(browser, "hello", "message-2")

    assert await site.services.database.read(quarantine.listed) == []


@pytest.mark.parametrize("frame", [b"\0binary", "x" * 65_000 + "x" * 1_000])
async def test_what_is_no_frame_ends_the_line(site: Site, frame: bytes | str) -> None:
    async with site.browser() as (browser, _):
        await (browser.socket.send_bytes(frame) if isinstance(frame, bytes) else browser.socket.send_str(frame))
        async with asyncio.timeout(10):
            async for _ in browser.socket:
                pass
    async with site.browser() as (browser, _):
        await write(browser, "the door is open to others", "message-2")


async def test_a_text_too_long_is_refused_by_its_id(site: Site) -> None:
    async with site.browser() as (browser, _):
        await browser.say(kind="message", id="message-1", text="余" * 4001)
        assert await browser.hear("refused") == {"kind": "refused", "id": "message-1", "reason": "unreadable"}


async def test_what_is_asked_before_the_first_word(gateway: Gateway) -> None:
    site = await gateway.open_site(prechat="required", consent="隐私政策")
    form = {"name": "李雷", "email": "lilei@example.com", "question": "退款到哪了？"}
    async with site.browser(language="zh-CN") as (browser, welcome):
        assert welcome["questions"] == {
            "fields": ["name", "email", "question"],
            "required": True,
            "consent": "隐私政策",
            "mails": False,
        }
        await browser.say(kind="message", id="message-1", form={**form, "email": "nobody", "consent": True})
        assert (await browser.hear("refused"))["id"] == "message-1"
        await browser.say(kind="message", id="message-1", form={**form, "consent": True})
        await browser.hear("committed")

    (message,) = await site.said()
    about = "姓名：李雷\n邮箱：lilei@example.com\n已同意：隐私政策"
    assert message.parts == (Text(about), Text("退款到哪了？"))


async def test_two_who_name_the_same_mailbox_stay_two_people(gateway: Gateway) -> None:
    site = await gateway.open_site(prechat="required", prechat_fields="email")
    for _ in range(2):
        async with site.browser() as (browser, _welcome):
            await browser.say(kind="message", id="message-1", form={"email": "lilei@example.com"})
            await browser.hear("committed")

    assert len({conversation.contact_id for conversation in await site.conversations()}) == 2


async def test_a_customer_for_whom_the_site_vouches_is_asked_nothing(gateway: Gateway) -> None:
    site = await gateway.open_site(prechat="required")
    async with site.browser(**signed(user="1")) as (_, welcome):
        assert welcome["questions"] is None


async def test_haste_is_refused(site: Site) -> None:
    async with site.browser() as (browser, _):
        for number in range(61):
            await browser.say(kind="message", id=f"message-{number}", text="x")
        assert await browser.hear("refused") == {"kind": "refused", "id": "message-60", "reason": "too_many"}

    assert len(await site.said()) == 60


async def test_a_network_makes_only_so_many_new_visitors(site: Site) -> None:
    for _ in range(30):
        async with site.browser():
            pass

    async with site.client.ws_connect(f"{site.url}/socket", headers={"Origin": ORIGIN}) as socket:
        await Browser(socket).say(kind="hello")
        assert (await Browser(socket).hear("refused"))["reason"] == "too_many"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "https://bank.example.evil.example"])
async def test_other_sites_may_not_open_the_chat(site: Site, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await site.client.ws_connect(f"{site.url}/socket", headers={"Origin": origin} if origin else {})

    assert caught.value.status == 403


async def test_our_own_pages_may(site: Site) -> None:
    origin = str(site.gateway.server.make_url("/")).rstrip("/")
    async with site.browser(origin=origin) as (_, welcome):
        assert welcome["kind"] == "welcome"


async def test_an_account_that_is_no_chat_is_not_found(site: Site) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await site.client.ws_connect(site.gateway.server.make_url("/webchat/other/socket"), headers={"Origin": ORIGIN})

    assert caught.value.status == 404


async def test_a_line_without_hello_is_closed(site: Site) -> None:
    async with site.client.ws_connect(f"{site.url}/socket", headers={"Origin": ORIGIN}) as socket:
        for _ in range(3):
            await socket.send_json({"kind": "message", "id": "message-1", "text": "x"})
            assert (await socket.receive_json())["reason"] == "hello_expected"
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE

    assert await site.conversations() == []


async def test_two_windows_of_one_visitor_hear_the_same(site: Site) -> None:
    async with site.browser() as (one, welcome), site.browser(token=welcome["token"]) as (other, _):
        await write(one, "hello", "message-1")

        assert (await other.hear_messages("hello"))[-1]["client"] == "message-1"


async def test_a_stranger_hears_nothing(site: Site) -> None:
    async with site.browser() as (one, _), site.browser() as (stranger, _other):
        await write(one, "hello", "message-1")
        await one.hear_messages("hello")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.hear("news"), 0.3)
