"""What WeChat is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from channels.config import ConfigInvalid
from channels.contract import Outgoing, Surroundings, Token
from channels.wechat.channel import WeChatChannel
from conversations.address import Address
from conversations.errors import (
    Misconfigured,
    NotSendable,
    OptedOut,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
    Throttled,
    WindowClosed,
)
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Link, Media, MediaType, Menu, Option, Part, Text
from tests.channels.wechat.sampler import (
    DONE,
    SEND,
    STABLE_TOKEN,
    UPLOAD,
    accept,
    encrypted,
    sealed,
    settings,
    sign,
)
from tests.support.http_file import read_http
from tests.support.provider import Provider, Scripted, running_provider, says
from tests.support.surroundings import NOW, MemoryFiles, open_surroundings

ACCOUNT = AccountId("account")
GET = "/cgi-bin/media/get"
IMAGE = Media(MediaType.IMAGE, ref="media-of-customer")
TEXT = Text("您好")


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running_provider() as made:
        accept(made)
        yield made


@pytest.fixture
def channel(around: Surroundings, provider: Provider) -> WeChatChannel:
    return WeChatChannel.create(ACCOUNT, settings(provider.url), around)


def outgoing(part: Part) -> Outgoing:
    return Outgoing(
        delivery=DeliveryId("d1"),
        conversation=ConversationId("c1"),
        address=Address("wechat:account/oABCD1234"),
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
                    "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}],
                    "tail_content": "",
                },
            },
        ),
    ],
)
async def test_a_part_is_sent_as_the_documentation_has_it(
    part: Part, message: dict[str, object], channel: WeChatChannel, provider: Provider
) -> None:
    accepted = await channel.send(outgoing(part))
    (request,) = provider.requests(SEND)
    assert request.query == {"access_token": "lent-token"}
    assert request.json() == {"touser": "oABCD1234", **message}
    assert accepted.external_id == "", "WeChat gives such messages no name"


async def test_chinese_travels_unescaped(channel: WeChatChannel, provider: Provider) -> None:
    await channel.send(outgoing(TEXT))
    assert "您好".encode() in provider.requests(SEND)[0].body


async def test_a_picture_is_lent_to_wechat_and_then_sent(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"\x89PNG of a receipt")
    await channel.send(outgoing(Media(MediaType.IMAGE, name="收据.png", mime="image/png", digest=digest)))
    (upload,) = provider.requests(UPLOAD)
    assert upload.query["type"] == "image"
    assert b'name="media"; filename="image.png"' in upload.body
    assert b"\x89PNG of a receipt" in upload.body
    assert provider.requests(SEND)[0].json() == {
        "touser": "oABCD1234",
        "msgtype": "image",
        "image": {"media_id": "media-1"},
    }


async def test_a_file_that_is_gone_cannot_be_sent(channel: WeChatChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Media(MediaType.IMAGE, mime="image/png", digest="0" * 64)))


async def test_an_upload_without_an_answer_may_be_repeated(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    assert isinstance(around.files, MemoryFiles)
    provider.answers(UPLOAD, Scripted(cut=True))
    with pytest.raises(ProviderUnavailable):
        await channel.send(
            outgoing(Media(MediaType.IMAGE, mime="image/png", digest=around.files.keep(b"the bytes of a picture")))
        )
    assert provider.requests(SEND) == []


async def test_a_part_that_was_not_planned_is_refused(channel: WeChatChannel) -> None:
    with pytest.raises(NotSendable):
        await channel.send(outgoing(Link("https://a.cn")))


@pytest.mark.parametrize(
    ("errcode", "expected"),
    [
        (-1, ProviderUnavailable),
        (40003, Rejected),
        (40164, Misconfigured),
        (43004, OptedOut),
        (45009, Throttled),
        (45011, Throttled),
        (45015, WindowClosed),
        (45047, WindowClosed),
        (48001, Misconfigured),
        (99999, Rejected),
    ],
)
async def test_an_errcode_inside_http_200_says_who_must_act(
    errcode: int, expected: type[SendError], channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(SEND, says({"errcode": errcode, "errmsg": "some words rid: 1"}))
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing(TEXT))
    assert type(caught.value) is expected
    assert caught.value.code == str(errcode)
    assert "some words" in str(caught.value)
    assert len(provider.requests(SEND)) == 1


async def test_the_limit_of_a_minute_ends_with_the_minute(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(SEND, says({"errcode": 45011, "errmsg": "api minute-quota reach limit"}))
    with pytest.raises(Throttled) as caught:
        await channel.send(outgoing(TEXT))
    assert caught.value.after == timedelta(minutes=1)


def refusing(code: int) -> Scripted:
    return says({"errcode": code, "errmsg": "invalid credential"})


def lent(value: str) -> Scripted:
    return says({"access_token": value, "expires_in": 7200})


def forced(provider: Provider) -> list[object]:
    """For each token asked for, whether it was forced."""
    wishes = [request.json() for request in provider.requests(STABLE_TOKEN)]
    return [wish["force_refresh"] for wish in wishes if isinstance(wish, dict)]


async def test_one_token_serves_everybody_who_asks_at_once(channel: WeChatChannel, provider: Provider) -> None:
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    (request,) = provider.requests(STABLE_TOKEN)
    assert request.json() == {
        "grant_type": "client_credential",
        "appid": "wx0123456789abcdef",
        "secret": "secret-of-the-tests",
        "force_refresh": False,
    }
    assert len(provider.requests(SEND)) == 5


async def test_another_process_uses_the_token_that_one_has_fetched(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await channel.send(outgoing(TEXT))
    await WeChatChannel.create(ACCOUNT, settings(provider.url), around).send(outgoing(TEXT))
    assert len(provider.requests(STABLE_TOKEN)) == 1


async def test_a_token_near_its_end_is_replaced(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(minutes=5)))
    await channel.send(outgoing(TEXT))
    assert provider.requests(SEND)[0].query["access_token"] == "lent-token"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_replaced_and_the_call_made_again(
    code: int, channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, refusing(code), DONE)
    await channel.send(outgoing(TEXT))
    assert [request.query["access_token"] for request in provider.requests(SEND)] == ["old", "lent-token"]
    assert forced(provider) == [False]


async def test_a_new_token_is_forced_only_when_wechat_lends_the_refused_one_again(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    """Forcing is allowed 20 times a day."""
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(STABLE_TOKEN, lent("old"), lent("new"))
    provider.answers(SEND, refusing(40001), DONE)
    await channel.send(outgoing(TEXT))
    assert forced(provider) == [False, True]


async def test_many_refusals_at_once_replace_the_token_once(
    channel: WeChatChannel, provider: Provider, around: Surroundings
) -> None:
    await around.tokens.save(ACCOUNT, "access_token", Token("old", NOW + timedelta(hours=1)))
    provider.answers(SEND, *[refusing(40001)] * 5, DONE)
    await asyncio.gather(*(channel.send(outgoing(TEXT)) for _ in range(5)))
    assert len(provider.requests(STABLE_TOKEN)) == 1


async def test_a_token_that_is_never_accepted_is_not_fetched_for_ever(
    channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(SEND, refusing(40001))
    provider.answers(STABLE_TOKEN, lent("one"), lent("two"))
    with pytest.raises(ProviderUnavailable):
        await channel.send(outgoing(TEXT))
    assert len(provider.requests(SEND)) == 2
    assert len(provider.requests(STABLE_TOKEN)) == 2


@pytest.mark.parametrize(
    ("code", "advice"), [(40164, "IP白名单"), (40125, "AppSecret"), (40013, "AppID"), (40001, "AppSecret")]
)
async def test_the_check_says_what_to_repair(
    code: int, advice: str, channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(STABLE_TOKEN, says({"errcode": code, "errmsg": "no"}))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


async def test_the_check_does_not_trust_a_token_that_is_already_there(
    channel: WeChatChannel, provider: Provider
) -> None:
    await channel.send(outgoing(TEXT))
    await channel.check()
    assert forced(provider) == [False, False]


async def test_a_customers_picture_is_fetched(channel: WeChatChannel, provider: Provider) -> None:
    headers = {"Content-Type": "image/jpeg", "Content-disposition": 'attachment; filename="7Wxy.jpg"'}
    provider.answers(GET, Scripted(headers=headers, body=b"\xff\xd8 of a meter"))
    media = await channel.fetch_media(IMAGE)
    assert (media.content, media.mime, media.size, media.name) == (
        b"\xff\xd8 of a meter",
        "image/jpeg",
        13,
        "7Wxy.jpg",
    )
    assert provider.requests(GET)[0].query == {"access_token": "lent-token", "media_id": "media-of-customer"}


async def test_a_video_is_fetched_from_the_address_that_wechat_tells(
    channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(GET, says({"video_url": f"{provider.url}/video?id=1"}))
    provider.answers("/video", Scripted(headers={"Content-Type": "video/mp4"}, body=b"moving"))
    media = await channel.fetch_media(Media(MediaType.VIDEO, ref="media-of-customer"))
    assert (media.content, media.mime) == (b"moving", "video/mp4")
    assert "access_token" not in provider.requests("/video")[0].query


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/secret",
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/video",
        "https://qq.com.evil.example/video",
        "https://mp.weixin.qq.com:8443/video",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
    ],
)
async def test_a_video_is_fetched_from_nowhere_else(address: str, channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(GET, says({"video_url": address}))
    with pytest.raises(Rejected):
        await channel.fetch_media(IMAGE)


@pytest.mark.parametrize(
    ("scripted", "expected"),
    [
        (says({"errcode": 40007, "errmsg": "invalid media_id"}), Rejected),
        (Scripted(status=404, body=b"<html>"), ProviderUnavailable),
        (Scripted(body=b"half of it", stalls=4), ProviderUnavailable),
        (Scripted(status=302, headers={"Location": "http://127.0.0.1:9/"}), ProviderUnavailable),
    ],
)
async def test_an_error_in_place_of_a_file(
    scripted: Scripted, expected: type[SendError], channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(GET, scripted)
    with pytest.raises(expected):
        await channel.fetch_media(IMAGE)


def test_a_message_for_another_account_is_not_read(channel: WeChatChannel) -> None:
    """Signed and encrypted with our own secrets, but the frame ends with another AppID."""
    genuine = sign(read_http(Path("tests/channels/wechat/fixtures/text.http"), NOW))
    request = sealed(genuine, encrypted(b"<xml><MsgType>text</MsgType></xml>", app_id="wx_of_somebody_else"))
    channel.verify(request)
    with pytest.raises(PayloadUnreadable, match="another AppID"):
        channel.parse(request)


def test_an_envelope_of_another_key_is_not_read(channel: WeChatChannel) -> None:
    genuine = sign(read_http(Path("tests/channels/wechat/fixtures/text.http"), NOW))
    request = sealed(genuine, "bm90IGVuY3J5cHRlZCBhdCBhbGwhISE=")
    channel.verify(request)
    with pytest.raises(PayloadUnreadable, match="EncodingAESKey"):
        channel.parse(request)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"aes_key": ""}, "aes_key"),
        ({"aes_key": "short"}, "aes_key"),
        ({"aes_key": "", "mode": "compat"}, "aes_key"),
        ({"aes_key": "short", "mode": "plain"}, "aes_key"),
        ({"mode": "secret"}, "mode"),
        ({"api_url": "api.weixin.qq.com"}, "api_url"),
        ({"api_url": "ftp://api.weixin.qq.com"}, "api_url"),
        ({"api_url": "https://["}, "api_url"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        WeChatChannel.create(ACCOUNT, {**settings("https://api.weixin.qq.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]
