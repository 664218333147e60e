"""What WeCom is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, Token
from channels.wecom.channel import CAPABILITIES, WeComChannel
from channels.wecom.errors import ERRORS
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    SignatureInvalid,
    Throttled,
    WindowClosed,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Location, Media, MediaType, Menu, Option, Part, Text
from tests.channels.wecom.sampler import (
    ACCOUNTS,
    DONE,
    GET_TOKEN,
    OPEN_KFID,
    SEND,
    UPLOAD,
    encrypted,
    sealed,
    settings,
    sign,
)
from tests.support.http_file import read_http
from tests.support.provider import Provider, Scripted, says
from tests.support.surroundings import NOW, MemoryFiles

ACCOUNT = AccountId("account")
CALLBACK = Path("tests/channels/wecom/fixtures/callback.http")
GET = "/cgi-bin/media/get"
DELIVERY = DeliveryId("0199d5c0a2f37d4c8e1b000000000001")
TEXT = Text("您好")


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DELIVERY,
        conversation=ConversationId("c1"),
        address=Address("wecom:account/wm-of-a-customer"),
        part=part,
    )


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (TEXT, {"msgtype": "text", "text": {"content": "您好"}}),
        (
            Menu("满意吗？", (Option("101", "满意"), Option("102", "不满意"))),
            {
                "msgtype": "msgmenu",
                "msgmenu": {
                    "head_content": "满意吗？",
                    "list": [
                        {"type": "click", "click": {"id": "101", "content": "满意"}},
                        {"type": "click", "click": {"id": "102", "content": "不满意"}},
                    ],
                },
            },
        ),
        (
            Location(31.2397, 121.4903, "外滩"),
            {
                "msgtype": "location",
                "location": {"name": "外滩", "address": "外滩", "latitude": 31.2397, "longitude": 121.4903},
            },
        ),
        (
            Link("https://bank.example/cards"),
            {
                "msgtype": "link",
                "link": {
                    "title": "https://bank.example/cards",
                    "desc": "",
                    "url": "https://bank.example/cards",
                    "thumb_media_id": "media-1",
                },
            },
        ),
    ],
)
async def test_a_part_is_sent_as_the_documentation_has_it(
    part: Part, message: dict[str, object], channel: WeComChannel, provider: Provider
) -> None:
    accepted = await channel.send(outgoing(part))
    (request,) = provider.requests(SEND)
    assert request.query == {"access_token": "lent-token"}
    assert request.json() == {
        "touser": "wm-of-a-customer",
        "open_kfid": OPEN_KFID,
        "msgid": DELIVERY,
        **message,
    }
    assert accepted.external_id == DELIVERY, "WeCom reports a failure under this id"


async def test_chinese_travels_unescaped(channel: WeComChannel, provider: Provider) -> None:
    await channel.send(outgoing(TEXT))
    assert "您好".encode() in provider.requests(SEND)[0].body


@pytest.mark.parametrize(
    ("media", "kind", "name"),
    [
        (Media(MediaType.FILE, name="合同 2026.pdf", mime="application/pdf"), "file", "合同 2026.pdf"),
        (Media(MediaType.FILE, name='a"\r\nX-Evil: 1.pdf', mime="application/pdf"), "file", "a___X-Evil: 1.pdf"),
        (Media(MediaType.FILE, mime="application/pdf"), "file", "file"),
        (Media(MediaType.IMAGE, name="收据", mime="image/png"), "image", "image.png"),
        (Media(MediaType.VOICE, mime="audio/amr"), "voice", "voice.amr"),
        (Media(MediaType.VIDEO, mime="video/mp4"), "video", "video.mp4"),
    ],
)
async def test_a_file_is_lent_to_wecom_and_then_sent(
    media: Media, kind: str, name: str, channel: WeComChannel, provider: Provider, around: Surroundings
) -> None:
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"the bytes of a file")
    await channel.send(outgoing(replace(media, digest=digest)))
    (upload,) = provider.requests(UPLOAD)
    assert upload.query == {"access_token": "lent-token", "type": kind}
    assert f'name="media"; filename="{name}"\r\n'.encode() in upload.body
    assert b"the bytes of a file" in upload.body
    sent: Any = provider.requests(SEND)[0].json()
    assert (sent["msgtype"], sent[kind]) == (kind, {"media_id": "media-1"})


async def test_a_file_that_is_gone_cannot_be_sent(channel: WeComChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Media(MediaType.IMAGE, mime="image/png", digest="0" * 64)))


async def test_an_upload_without_an_answer_may_be_repeated(channel: WeComChannel, provider: Provider) -> None:
    provider.answers(UPLOAD, Scripted(cut=True))
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(Link("https://bank.example")))
    assert provider.requests(SEND) == []


def test_above_a_menu_fit_1024_bytes(channel: WeComChannel) -> None:
    options = (Option("1", "是"),)
    head = "好" * 341  # 3 * 341 = 1023 bytes
    assert channel.plan((Menu(head, options),)) == (Menu(head, options),)
    assert channel.plan((Menu(head + "好", options),)) == (Text(head), Menu("好", options))


def test_a_label_of_four_bytes_a_character_fits(channel: WeComChannel) -> None:
    assert CAPABILITIES.option_length * 4 <= 128
    fitting = Menu("?", (Option("1", "🧧" * CAPABILITIES.option_length),))
    assert channel.plan((fitting,)) == (fitting,)


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (-1, ProviderUnavailable),
        (40003, Rejected),
        (40096, Rejected),
        (45009, Throttled),
        (45033, Throttled),
        (48002, Misconfigured),
        (60020, Misconfigured),
        (95000, Misconfigured),
        (95001, WindowClosed),
        (95002, WindowClosed),
        (95013, WindowClosed),
        (95017, Misconfigured),
        (95018, Rejected),
        (99999, Rejected),
    ],
)
async def test_an_errcode_inside_http_200_says_who_must_act(
    errcode: int, expected: type[SendError], channel: WeComChannel, provider: Provider
) -> None:
    provider.answers(SEND, says({"errcode": errcode, "errmsg": "some words, hint: [1]"}))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == str(errcode)
    assert "some words" in str(caught.value)
    assert len(provider.requests(SEND)) == 1


@pytest.mark.parametrize("errcode", sorted(set(ERRORS) - {40001, 40014, 42001}))
async def test_every_code_of_the_table_becomes_an_error(
    errcode: int, channel: WeComChannel, provider: Provider
) -> None:
    provider.answers(SEND, says({"errcode": errcode, "errmsg": "words"}))
    with pytest.raises(ERRORS[errcode][0]):
        await channel.send(outgoing(TEXT))


@pytest.mark.parametrize("words", ["msgid repeated", "duplicate msgid", "invalid args: msg_id already exists"])
async def test_a_msgid_that_wecom_has_seen_was_taken_over_before(
    words: str, channel: WeComChannel, provider: Provider
) -> None:
    provider.answers(SEND, says({"errcode": 40058, "errmsg": words}))
    assert (await channel.send(outgoing(TEXT))).external_id == DELIVERY


def test_a_part_may_be_sent_again_when_its_outcome_is_unknown(channel: WeComChannel) -> None:
    assert channel.capabilities.resend_is_safe


def refusing(code: int) -> Scripted:
    return says({"errcode": code, "errmsg": "invalid credential"})


def lent(value: str) -> Scripted:
    return says({"errcode": 0, "errmsg": "ok", "access_token": value, "expires_in": 7200})


async def test_one_token_serves_everybody_who_asks_at_once(channel: WeComChannel, provider: Provider) -> None:
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    (request,) = provider.requests(GET_TOKEN)
    assert request.method == "GET"
    assert request.query == {"corpid": "ww12345678910", "corpsecret": "secret-of-the-tests"}
    assert len(provider.requests(SEND)) == 5


async def test_another_process_uses_the_token_that_one_has_fetched(
    channel: WeComChannel, provider: Provider, around: Surroundings
) -> None:
    await channel.send(outgoing(TEXT))
    await WeComChannel.create(ACCOUNT, settings(provider.url), around).send(outgoing(TEXT))
    assert len(provider.requests(GET_TOKEN)) == 1


async def test_a_token_near_its_end_is_replaced(
    channel: WeComChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(minutes=5)))
    await channel.send(outgoing(TEXT))
    assert provider.requests(SEND)[0].query["access_token"] == "lent-token"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_and_the_call_made_again(
    code: int, channel: WeComChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, refusing(code), DONE)
    await channel.send(outgoing(TEXT))
    assert [request.query["access_token"] for request in provider.requests(SEND)] == ["old", "lent-token"]


async def test_many_refusals_at_once_replace_the_token_once(
    channel: WeComChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, *[refusing(42001)] * 5, DONE)
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    assert len(provider.requests(GET_TOKEN)) == 1


async def test_a_token_that_is_never_accepted_is_not_fetched_for_ever(
    channel: WeComChannel, provider: Provider
) -> None:
    provider.answers(SEND, refusing(40014))
    provider.answers(GET_TOKEN, lent("one"), lent("two"))
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(TEXT))
    assert len(provider.requests(SEND)) == 2
    assert len(provider.requests(GET_TOKEN)) == 2


def accounts(*ids: str, served: bool = True) -> Scripted:
    listed = [{"open_kfid": each, "name": "客服", "manage_privilege": served} for each in ids]
    return says({"errcode": 0, "errmsg": "ok", "account_list": listed})


async def test_the_check_finds_the_account_on_any_page(channel: WeComChannel, provider: Provider) -> None:
    provider.answers(ACCOUNTS, accounts(*(f"wk{number}" for number in range(100))), accounts(OPEN_KFID))
    await channel.check()
    assert [request.json() for request in provider.requests(ACCOUNTS)] == [
        {"offset": 0, "limit": 100},
        {"offset": 100, "limit": 100},
    ]


async def test_the_check_misses_an_account_that_the_app_may_not_serve(
    channel: WeComChannel, provider: Provider
) -> None:
    for listed in (accounts("wk-of-another-team"), accounts(OPEN_KFID, served=False)):
        provider.answers(ACCOUNTS, listed)
        with pytest.raises(Misconfigured, match="通过API管理微信客服账号"):
            await channel.check()


@pytest.mark.parametrize(("code", "advice"), [(40001, "Secret"), (40013, "CorpID"), (60020, "企业可信IP")])
async def test_the_check_says_what_to_repair(code: int, advice: str, channel: WeComChannel, provider: Provider) -> None:
    provider.answers(GET_TOKEN, says({"errcode": code, "errmsg": "no"}))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


@pytest.mark.parametrize(
    ("media", "headers", "expected"),
    [
        (
            Media(MediaType.IMAGE, ref="m"),
            {"Content-Type": "image/jpeg", "Content-disposition": 'attachment; filename="m.jpg"'},
            ("image/jpeg", "m.jpg"),
        ),
        (
            Media(MediaType.VOICE, mime="audio/amr", ref="m"),
            {"Content-Type": "application/octet-stream", "Content-disposition": 'attachment; filename="m.amr"'},
            ("audio/amr", "m.amr"),
        ),
        (
            Media(MediaType.FILE, ref="m"),
            {"Content-Type": "application/json", "Content-disposition": 'attachment; filename="账单.json"'},
            ("application/json", "账单.json"),
        ),
        (
            Media(MediaType.FILE, ref="m"),
            {"Content-Type": "text/plain", "Content-disposition": "attachment; filename*=utf-8''%E8%B4%A6.txt"},
            ("text/plain", "账.txt"),
        ),
    ],
)
async def test_a_customers_file_is_fetched(
    media: Media, headers: dict[str, str], expected: tuple[str, str], channel: WeComChannel, provider: Provider
) -> None:
    content = b'{"errcode": 40007}'
    provider.answers(GET, Scripted(headers=headers, body=content))
    fetched = await channel.fetch_media(media)
    assert (fetched.content, fetched.size) == (content, len(content))
    assert (fetched.mime, fetched.name) == expected
    assert provider.requests(GET)[0].query == {"access_token": "lent-token", "media_id": "m"}


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (says({"errcode": 40007, "errmsg": "invalid media_id"}), Rejected),
        (Scripted(status=404, body=b"<html>"), ProviderUnavailable),
        (Scripted(body=b"half of it", stalls=4), ProviderUnavailable),
    ],
)
async def test_an_error_in_place_of_a_file(
    scripted: Scripted, expected: type[SendError], channel: WeComChannel, provider: Provider
) -> None:
    provider.answers(GET, scripted)
    with pytest.raises(expected):
        await channel.fetch_media(Media(MediaType.IMAGE, ref="m"))


def test_a_callback_lends_its_token(channel: WeComChannel) -> None:
    request = sign(read_http(CALLBACK, NOW))
    channel.verify(request)
    assert channel.parse(request).wakes == "ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR"


def test_news_of_another_account_wake_nobody(channel: WeComChannel) -> None:
    request = sign(read_http(CALLBACK.with_name("callback_of_another_account.http"), NOW))
    assert channel.parse(request).wakes == ""


def test_a_callback_for_another_company_is_not_read(channel: WeComChannel) -> None:
    """Signed and encrypted with our own secrets, but the frame ends with another CorpID."""
    genuine = sign(read_http(CALLBACK, NOW))
    request = sealed(genuine, encrypted(b"<xml><Event>a</Event></xml>", corp_id="ww-of-somebody-else"))
    channel.verify(request)
    with pytest.raises(PayloadUnreadable, match="another AppID or CorpID"):
        channel.parse(request)


def test_a_test_of_the_address_must_be_signed(channel: WeComChannel) -> None:
    genuine = sign(read_http(CALLBACK.with_name("echo.http"), NOW))
    channel.verify(genuine)
    with pytest.raises(SignatureInvalid):
        channel.verify(replace(genuine, query={**genuine.query, "echostr": encrypted(b"1")}))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"aes_key": "short"}, "aes_key"),
        ({"api_url": "qyapi.weixin.qq.com"}, "api_url"),
        ({"welcome": "好" * 683}, "welcome"),  # 3 * 683 = 2049 bytes
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        WeComChannel.create(ACCOUNT, {**settings("https://qyapi.weixin.qq.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]


def test_the_window_is_the_one_that_messages_open(channel: WeComChannel) -> None:
    (window,) = channel.capabilities.windows
    assert (window.messages, window.lasts) == (5, timedelta(hours=48))
    fixture = json.loads(CALLBACK.with_name("text.json").read_text())
    assert fixture[0]["opens"] == window.name
