"""Telegram for the conformance kit: a bot with a webhook."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType, Menu, Option, Part, Text
from tests.support.provider import Provider, Received, Scripted, says
from tests.support.sampler import HttpSending, Sampler
from tests.support.surroundings import MemoryFiles

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "secret_token-of-the-tests"
HEADER = "x-telegram-bot-api-secret-token"

SENT = {
    "message_id": 42,
    "date": 1763697600,
    "chat": {"id": 1111111, "type": "private", "first_name": "Test"},
    "from": {"id": 110201543, "is_bot": True, "first_name": "汇流"},
    "text": "您好",
}
METHODS = ("Message", "Photo", "Animation", "Voice", "Video", "Document", "Location", "Venue")


def at(method: str) -> str:
    """Where a method is called."""
    return f"/bot{TOKEN}/{method}"


def done(result: object) -> dict[str, object]:
    """Telegram's yes."""
    return {"ok": True, "result": result}


def refusal(code: int, words: str, **parameters: object) -> Scripted:
    answer = {"ok": False, "error_code": code, "description": words, "parameters": parameters}
    return says(answer, status=code)


def fields(request: Received) -> dict[str, str]:
    """The fields of a form that are texts, and the names of its files."""
    if request.headers["Content-Type"] == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode()))
    boundary = b"--" + request.headers["Content-Type"].partition("boundary=")[2].encode()
    found = {}
    for section in request.body.split(boundary)[1:-1]:
        head, _, value = section.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        file = head.partition(b'filename="')[2].partition(b'"')[0].decode()
        found[name] = file or value.removesuffix(b"\r\n").decode()
    return found


def settings(url: str) -> dict[str, str]:
    return {"bot_token": TOKEN, "mode": "webhook", "webhook_secret": SECRET, "api_url": url}


def sign(request: WebhookRequest) -> WebhookRequest:
    return replace(request, headers={**request.headers, HEADER: SECRET})


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def bearing(secret: str) -> WebhookRequest:
        return replace(request, headers={**request.headers, HEADER: secret})

    return {
        "no secret": replace(request, headers={}),
        "empty secret": bearing(""),
        "secret cut": bearing(SECRET[:-1]),
        "secret and more": bearing(SECRET + "1"),
        "secret in another script": bearing("密码"),
        "token of the bot": bearing(TOKEN),
    }


def accept(provider: Provider) -> None:
    for method in METHODS:
        provider.answers(at(f"send{method}"), says(done(SENT)))


def parts(around: Surroundings) -> tuple[Part, ...]:
    """One of each that is a text for Telegram: the others have paths of their own, see `test_channel`."""
    return (
        Text("您好，请问有什么可以帮您？"),
        Menu("您对本次服务满意吗？", (Option("csat:5", "满意"), Option("csat:1", "不满意"))),
    )


def files(around: Surroundings) -> tuple[Media, ...]:
    """A file of each kind, in the store."""
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"the bytes of a file")
    kinds = (
        (MediaType.IMAGE, "收据.png", "image/png"),
        (MediaType.IMAGE, "wave.gif", "image/gif"),
        (MediaType.VOICE, "voice.ogg", "audio/ogg"),
        (MediaType.VIDEO, "clip.mp4", "video/mp4"),
        (MediaType.FILE, "合同.pdf", "application/pdf"),
    )
    return tuple(Media(type, name=name, mime=mime, size=19, digest=digest) for type, name, mime in kinds)


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="text",
    address=Address("telegram:account/1111111"),
    undeclared=(
        Media(MediaType.IMAGE, mime="image/tiff", size=1),
        Media(MediaType.IMAGE, mime="image/png", size=11 * 1024 * 1024),
        Media(MediaType.VOICE, mime="audio/amr", size=1),
        Choice("1"),
        Html("<p>您好</p>"),
    ),
    sending=HttpSending(accept=accept, path=at("sendMessage"), parts=parts),
)
