"""What WeChat is sent, and what its answers mean. The kit in `test_contract` covers the rest."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from channels.config import ConfigInvalid
from channels.contract import Surroundings
from channels.wechat.channel import THUMB, WeChatChannel
from conversations.errors import (
    Misconfigured,
    NotSendable,
    PayloadUnreadable,
    ProviderUnavailable,
    Rejected,
    SendError,
)
from conversations.parts import Link, Location, Media, MediaType, Menu, Option, Part, Text
from tests.channels.wechat.sampler import (
    ACCOUNT,
    DONE,
    SEND,
    STABLE_TOKEN,
    UPLOAD,
    encrypted,
    outgoing,
    sealed,
    settings,
    sign,
)
from tests.support.http_file import read_http
from tests.support.provider import Provider, Scripted, says
from tests.support.surroundings import NOW, MemoryFiles

GET = "/cgi-bin/media/get"
GONE = says({"errcode": 40007, "errmsg": "invalid media_id"})
REFUSED = says({"errcode": 50002, "errmsg": "user limited"})
IMAGE = Media(MediaType.IMAGE, ref="media-of-customer")
TEXT = Text("您好")


def news(**article: str) -> dict[str, object]:
    return {"msgtype": "news", "news": {"articles": [article]}}


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
        (
            Link("https://bank.example/rates", "利率", "今天的利率"),
            news(title="利率", description="今天的利率", url="https://bank.example/rates"),
        ),
        (
            Link("https://bank.example"),
            news(title="https://bank.example", description="", url="https://bank.example"),
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


async def test_a_video_goes_with_a_still(channel: WeChatChannel, provider: Provider, around: Surroundings) -> None:
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"moving pictures")
    await channel.send(outgoing(Media(MediaType.VIDEO, name="开户指南", mime="video/mp4", digest=digest)))
    video, still = provider.requests(UPLOAD)
    assert (video.query["type"], still.query["type"]) == ("video", "thumb")
    assert b'filename="video.mp4"' in video.body
    assert b'filename="thumb.jpg"' in still.body
    assert b"\xff\xd8\xff" in still.body
    assert len(THUMB) < 64 * 1024, "WeChat's limit for stills"
    assert provider.requests(SEND)[0].json() == {
        "touser": "oABCD1234",
        "msgtype": "video",
        "video": {"media_id": "media-1", "thumb_media_id": "thumb-1", "title": "开户指南"},
    }


@pytest.mark.parametrize(
    ("answers", "uploads", "sends"), [((GONE, DONE), 2, 2), ((GONE, GONE, DONE), 2, 2), ((REFUSED, DONE), 1, 1)]
)
async def test_a_file_that_wechat_has_lost_is_lent_once_more(
    answers: tuple[Scripted, ...],
    uploads: int,
    sends: int,
    channel: WeChatChannel,
    provider: Provider,
    around: Surroundings,
) -> None:
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"\x89PNG of a receipt")
    provider.answers(SEND, *answers)
    with nullcontext() if answers == (GONE, DONE) else pytest.raises(Rejected):
        await channel.send(outgoing(Media(MediaType.IMAGE, mime="image/png", digest=digest)))
    assert (len(provider.requests(UPLOAD)), len(provider.requests(SEND))) == (uploads, sends)


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
        await channel.send(outgoing(Location(31.2, 121.5)))


@pytest.mark.parametrize(
    ("code", "advice"), [(40164, "IP白名单"), (40125, "AppSecret"), (40013, "AppID"), (40001, "AppSecret")]
)
async def test_the_check_says_what_to_repair(
    code: int, advice: str, channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(STABLE_TOKEN, says({"errcode": code, "errmsg": "no"}))
    with pytest.raises(Misconfigured, match=advice):
        await channel.check()


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
        ({"passive_seconds": "soon"}, "passive_seconds"),
        ({"passive_seconds": "nan"}, "passive_seconds"),
        ({"passive_seconds": "-1"}, "passive_seconds"),
        ({"passive_seconds": "4.6"}, "passive_seconds"),
        ({"native_transfer": "maybe"}, "native_transfer"),
    ],
)
def test_settings_that_cannot_work_are_named(change: dict[str, str], problem: str, around: Surroundings) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        WeChatChannel.create(ACCOUNT, {**settings("https://api.weixin.qq.com"), **change}, around)
    assert [each.partition(":")[0] for each in caught.value.problems] == [problem]
