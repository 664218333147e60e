"""A system of the operator's own, for the conformance kit."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Link, Location, Media, MediaType, Menu, Option, Part, Text
from tests.support.provider import Provider, says
from tests.support.sampler import HttpSending, Sampler
from tests.support.surroundings import NOW, MemoryFiles

SECRET = "secret-of-the-tests"
PATH = "/huiliu"
TIMESTAMP, SIGNATURE = "x-huiliu-timestamp", "x-huiliu-signature"


def settings(url: str) -> dict[str, str]:
    return {"url": f"{url}{PATH}", "secret": SECRET, "file_hosts": "files.example.com"}


def signed(body: bytes, timestamp: str, secret: str = SECRET) -> dict[str, str]:
    """The headers of a body, made as the protocol's page says."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP: timestamp, SIGNATURE: digest}


def seconds(after_now: int = 0) -> str:
    return str(int(NOW.timestamp()) + after_now)


def sign(request: WebhookRequest) -> WebhookRequest:
    return replace(request, headers={**request.headers, **signed(request.body, seconds())})


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def bearing(headers: Mapping[str, str]) -> WebhookRequest:
        return replace(request, headers={**request.headers, **headers})

    return {
        "no signature": bearing({SIGNATURE: ""}),
        "no headers": replace(request, headers={}),
        "signature cut": bearing({SIGNATURE: request.headers[SIGNATURE][:-1]}),
        "signature in another script": bearing({SIGNATURE: "签名"}),
        "another time": bearing({TIMESTAMP: seconds(1)}),
        "another body": replace(request, body=request.body + b" "),
        "another secret": bearing(signed(request.body, seconds(), "guess-of-a-stranger")),
        "six minutes old": bearing(signed(request.body, seconds(-360))),
        "six minutes early": bearing(signed(request.body, seconds(360))),
        "time in words": bearing(signed(request.body, "now")),
        "time beyond time": bearing(signed(request.body, "9" * 30)),
    }


def accept(provider: Provider) -> None:
    provider.answers(PATH, says({"id": "m-1"}))


def parts(around: Surroundings) -> tuple[Part, ...]:
    """One of each kind that is declared."""
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"the bytes of a file")
    return (
        Text("您好，请问有什么可以帮您？"),
        Menu("您对本次服务满意吗？", (Option("csat:5", "满意"), Option("csat:1", "不满意"))),
        Link("https://example.com/help", "帮助"),
        Location(31.2304, 121.4737, "外滩"),
        *(Media(type, name="收据.pdf", mime="application/pdf", size=19, digest=digest) for type in MediaType),
    )


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="message",
    address=Address("custom:account/8800123"),
    undeclared=(
        Media(MediaType.FILE, mime="application/pdf", size=11 * 1024 * 1024),
        Choice("1"),
        Html("<p>您好</p>"),
    ),
    sending=HttpSending(accept=accept, path=PATH, parts=parts),
)
