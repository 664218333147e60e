"""Answers that are messages: whose they may be, and that nobody's words can break out of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels.contract import Passive, Surroundings, WebhookReply, WebhookRequest
from channels.wechat.channel import WeChatChannel
from conversations.address import Address
from conversations.ids import DeliveryId
from conversations.parts import Link, Location, Media, MediaType, Menu, Option, Part, Text
from lab.wechat.xml import read
from tests.channels.wechat.sampler import ACCOUNT, AES_KEY, APP_ID, TOKEN, settings, sign
from tests.support.http_file import read_http
from tests.support.node import run_node
from tests.support.surroundings import NOW

FIXTURES = Path("tests/channels/wechat/fixtures")
DELIVERY = DeliveryId("delivery")
HOSTILE = "]]></Content><MsgType>image</MsgType><!--&lt; \x00\x0b ]]]]>>]]> 您好 👨‍👩‍👧"


def request_of(case: str) -> WebhookRequest:
    return sign(read_http(FIXTURES / f"{case}.http", NOW))


def made(around: Surroundings, **changes: str) -> WeChatChannel:
    return WeChatChannel.create(ACCOUNT, {**settings("http://127.0.0.1:9"), **changes}, around)


def plain(around: Surroundings, **changes: str) -> WeChatChannel:
    return made(around, mode="plain", aes_key="", **changes)


def said(reply: WebhookReply | None) -> dict[str, str]:
    """The fields of an answer that is not encrypted, without those that every answer has."""
    assert reply is not None
    fields = read(reply.body)
    common = {name: fields.pop(name) for name in ("ToUserName", "FromUserName", "CreateTime")}
    assert common == {"ToUserName": "fromUser", "FromUserName": "toUser", "CreateTime": "1348831860"}
    return fields


@pytest.mark.parametrize("case", ["text", "voice", "menu_choice", "click", "scan", "subscribe", "scancode_waitmsg"])
def test_there_is_room_for_an_answer_where_the_customer_looks(case: str, around: Surroundings) -> None:
    channel = made(around, passive_seconds="4.5")
    parsed = channel.parse(request_of(case))
    (news,) = parsed.events
    assert parsed.passive == Passive(
        key=getattr(news, "key", ""), address=getattr(news, "address", Address("")), seconds=4.5
    )
    assert parsed.reply.body == b"success", "what is answered when nobody says anything in time"


@pytest.mark.parametrize("case", ["unsubscribe", "view", "location_report", "template_success", "kf_create_session"])
def test_nobody_waits_for_an_answer_to_the_rest(case: str, around: Surroundings) -> None:
    assert made(around, passive_seconds="4.5").parse(request_of(case)).passive is None


def test_answering_on_the_spot_is_off_at_first(around: Surroundings) -> None:
    assert made(around).parse(request_of("text")).passive is None


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Text("您好"), {"MsgType": "text", "Content": "您好"}),
        (
            Media(MediaType.IMAGE, ref="media-1"),
            {"MsgType": "image", "Image": "", "Image/MediaId": "media-1"},
        ),
        (
            Media(MediaType.VOICE, ref="media-1"),
            {"MsgType": "voice", "Voice": "", "Voice/MediaId": "media-1"},
        ),
        (
            Media(MediaType.VIDEO, ref="media-1", name="开户"),
            {"MsgType": "video", "Video": "", "Video/MediaId": "media-1", "Video/Title": "开户"},
        ),
        (
            Link("https://bank.example", "利率", "今天"),
            {
                "MsgType": "news",
                "ArticleCount": "1",
                "Articles": "",
                "Articles/item": "",
                "Articles/item/Title": "利率",
                "Articles/item/Description": "今天",
                "Articles/item/PicUrl": "",
                "Articles/item/Url": "https://bank.example",
            },
        ),
    ],
)
def test_a_part_has_the_form_that_wechat_documents(part: Part, expected: dict[str, str], around: Surroundings) -> None:
    assert said(plain(around).passive_reply(request_of("text_plain_mode"), part, DELIVERY)) == expected


@pytest.mark.parametrize(
    "part",
    [
        Menu("满意吗？", (Option("1", "满意"),)),
        Location(31.2, 121.5),
        Media(MediaType.IMAGE, mime="image/png", digest="0" * 64),
        Media(MediaType.FILE, ref="media-1"),
    ],
)
def test_what_has_no_such_form_must_be_sent(part: Part, around: Surroundings) -> None:
    assert plain(around).passive_reply(request_of("text_plain_mode"), part, DELIVERY) is None


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text() | st.text(alphabet="]>[<!&CDAT\r\n\x00\x0b您").map(lambda text: text + HOSTILE))
def test_no_words_break_out(words: str, around: Surroundings) -> None:
    """Nothing is added, and nothing is lost that XML can say at all; a parser reads each line end as one."""
    fields = said(plain(around).passive_reply(request_of("text_plain_mode"), Text(words), DELIVERY))
    assert fields.keys() == {"MsgType", "Content"}
    kept = "".join(filter(sayable, words))
    assert fields == {"MsgType": "text", "Content": kept.replace("\r\n", "\n").replace("\r", "\n")}


def sayable(character: str) -> bool:
    """XML 1.0, section 2.2."""
    return (
        character in "\t\n\r"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character > "\uffff"
    )


@pytest.mark.parametrize("mode", ["safe", "compat"])
async def test_somebody_elses_library_reads_the_answer(mode: str, around: Surroundings) -> None:
    case = "text" if mode == "safe" else "text_compat_mode"
    reply = made(around, mode=mode).passive_reply(request_of(case), Text(HOSTILE), DELIVERY)
    assert reply is not None
    sealed = read(reply.body)
    script = """
    const Crypt = require("wechat-crypto"), crypt = new Crypt(...given[0]), {Encrypt, TimeStamp, Nonce} = given[1];
    say([crypt.decrypt(Encrypt), crypt.getSignature(TimeStamp, Nonce, Encrypt)]);
    """
    opened, signed = await run_node(script, (TOKEN, AES_KEY, APP_ID), sealed)
    assert signed == sealed["MsgSignature"]
    assert opened["id"] == APP_ID
    assert read(opened["message"].encode())["Content"] == "".join(filter(sayable, HOSTILE))


async def test_a_customer_is_passed_on_under_cover(around: Surroundings) -> None:
    parsed = made(around, native_transfer="yes", passive_seconds="4").parse(request_of("text"))
    sealed = read(parsed.reply.body)
    script = "const Crypt = require('wechat-crypto'); say(new Crypt(...given[0]).decrypt(given[1]).message)"
    document = await run_node(script, (TOKEN, AES_KEY, APP_ID), sealed["Encrypt"])
    assert read(document.encode())["MsgType"] == "transfer_customer_service"
    assert len(parsed.events) == 1, "the message is kept all the same"
    assert parsed.passive is None, "a message has one answer"


def test_events_cannot_be_passed_on(around: Surroundings) -> None:
    parsed = made(around, native_transfer="yes", passive_seconds="4").parse(request_of("click"))
    assert parsed.reply.body == b"success"
    assert parsed.passive is not None


def test_a_redelivery_gets_the_same_answer(around: Surroundings) -> None:
    channel, first = plain(around), request_of("text_plain_mode")
    again = sign(replace(first, query={**first.query, "nonce": "another"}))
    assert channel.passive_reply(first, Text("您好"), DELIVERY) == channel.passive_reply(again, Text("您好"), DELIVERY)
