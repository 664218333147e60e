"""WeChat for the conformance kit: an account in safe mode, with secrets of our own.

The lab encrypts, with code of its own, what the channel opens with wechatpy's: so each is held by the other.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import replace

from channels.contract import Outgoing, Surroundings, WebhookRequest
from conversations.address import Address
from conversations.ids import AccountId, ConversationId, DeliveryId
from conversations.parts import Choice, Html, Link, Media, MediaType, Menu, Option, Part, Text
from lab.sealed import SafeMode
from tests.support.http_file import with_query
from tests.support.provider import Provider, says
from tests.support.sampler import HttpSending, Sampler
from tests.support.surroundings import NOW, MemoryFiles

ACCOUNT = AccountId("account")
APP_ID = "wx0123456789abcdef"
TOKEN = "token-of-the-tests"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
SEND = "/cgi-bin/message/custom/send"
UPLOAD = "/cgi-bin/media/upload"
STABLE_TOKEN = "/cgi-bin/stable_token"
DONE = says({"errcode": 0, "errmsg": "ok"})


def settings(url: str) -> dict[str, str]:
    return {
        "app_id": APP_ID,
        "app_secret": "secret-of-the-tests",
        "token": TOKEN,
        "aes_key": AES_KEY,
        "api_url": url,
    }


def outgoing(part: Part) -> Outgoing:
    """A part on its way to a follower."""
    return Outgoing(
        delivery=DeliveryId("0199d5c0a2f37d4c8e1b000000000001"),
        conversation=ConversationId("c1"),
        address=Address("wechat:account/oABCD1234"),
        part=part,
    )


def signature(*strings: str) -> str:
    return hashlib.sha1("".join(sorted(strings)).encode(), usedforsecurity=False).hexdigest()


def encrypted(document: bytes, app_id: str = APP_ID) -> str:
    return SafeMode(AES_KEY, app_id).encrypt(document)


def sealed(request: WebhookRequest, secret: str) -> WebhookRequest:
    """The same request around another `Encrypt`, signed."""
    query = dict(request.query)
    query["msg_signature"] = signature(TOKEN, query["timestamp"], query["nonce"], secret)
    body = f"<xml><ToUserName><![CDATA[gh_test]]></ToUserName><Encrypt><![CDATA[{secret}]]></Encrypt></xml>"
    return replace(with_query(request, **query), body=body.encode())


def sign(request: WebhookRequest) -> WebhookRequest:
    """`timestamp=now` becomes the time of the tests; with `encrypt_type` the body is put into an envelope."""
    query = dict(request.query)
    if query["timestamp"] == "now":
        query["timestamp"] = str(int(NOW.timestamp()))
    query["signature"] = signature(TOKEN, query["timestamp"], query["nonce"])
    signed = with_query(request, **query)
    return sealed(signed, encrypted(request.body)) if "encrypt_type" in query else signed


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def changed(**query: str) -> WebhookRequest:
        return with_query(request, **{**request.query, **query})

    def without(name: str) -> WebhookRequest:
        return with_query(request, **{key: value for key, value in request.query.items() if key != name})

    return {
        "no signature": without("signature"),
        "signature cut": changed(signature=request.query["signature"][:-1]),
        "signature in another script": changed(signature="签名"),
        "signature in place of msg_signature": changed(msg_signature=request.query["signature"]),
        "no msg_signature": without("msg_signature"),
        "encrypt_type dropped": without("encrypt_type"),
        "another nonce": changed(nonce="1"),
        "no timestamp": without("timestamp"),
        "body of another message": replace(request, body=sealed(request, encrypted(b"<xml/>")).body),
        "no body": replace(request, body=b""),
    }


def accept(provider: Provider) -> None:
    provider.answers(STABLE_TOKEN, says({"access_token": "lent-token", "expires_in": 7200}))
    provider.answers(UPLOAD, says({"media_id": "media-1", "thumb_media_id": "thumb-1", "created_at": 1763697600}))
    provider.answers(SEND, DONE)


def parts(around: Surroundings) -> tuple[Part, ...]:
    """One of each kind that is declared, save for templates: they go another way."""
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"the bytes of a file")
    return (
        Text("您好，请问有什么可以帮您？"),
        Menu("您对本次服务满意吗？", (Option("101", "满意"), Option("102", "不满意"))),
        Media(MediaType.IMAGE, mime="image/png", size=19, digest=digest),
        Media(MediaType.VOICE, mime="audio/amr", size=19, digest=digest),
        Media(MediaType.VIDEO, name="开户指南", mime="video/mp4", size=19, digest=digest),
        Link("https://bank.example/rates", "利率", "今天的利率"),
    )


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="text",
    address=Address("wechat:account/oABCD1234"),
    undeclared=(
        Media(MediaType.VIDEO, mime="video/webm", size=1),
        Media(MediaType.FILE, mime="application/pdf", size=1),
        Media(MediaType.IMAGE, mime="image/webp", size=1),
        Media(MediaType.IMAGE, mime="image/png", size=11 * 1024 * 1024),
        Choice("101"),
        Html("<p>您好</p>"),
    ),
    sending=HttpSending(accept=accept, path=SEND, parts=parts),
)
