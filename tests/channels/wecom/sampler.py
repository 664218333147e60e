"""WeCom for the conformance kit, with secrets of our own. The lab seals what the channel opens."""

import base64
from collections.abc import Mapping
from dataclasses import replace

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Link, Location, Media, MediaType, Menu, Option, Part, Text
from lab.sealed import SafeMode, signature
from tests.support.http_file import with_query
from tests.support.provider import Provider, says
from tests.support.sampler import HttpSending, Sampler
from tests.support.surroundings import NOW, MemoryFiles

CORP_ID = "ww12345678910"
OPEN_KFID = "wkxxxxxxx"
TOKEN = "token-of-the-tests"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
GET_TOKEN = "/cgi-bin/gettoken"
SEND = "/cgi-bin/kf/send_msg"
ON_EVENT = "/cgi-bin/kf/send_msg_on_event"
SYNC = "/cgi-bin/kf/sync_msg"
ACCOUNTS = "/cgi-bin/kf/account/list"
NICKNAMES = "/cgi-bin/kf/customer/batchget"
UPLOAD = "/cgi-bin/media/upload"
DONE = says({"errcode": 0, "errmsg": "ok", "msgid": "the-same"})


def settings(url: str) -> dict[str, str]:
    return {
        "corp_id": CORP_ID,
        "secret": "secret-of-the-tests",
        "token": TOKEN,
        "aes_key": AES_KEY,
        "open_kfid": OPEN_KFID,
        "api_url": url,
    }


def sealed(request: WebhookRequest, secret: str) -> WebhookRequest:
    """The same request around another `Encrypt`, signed."""
    query = dict(request.query)
    query["msg_signature"] = signature(TOKEN, query["timestamp"], query["nonce"], secret)
    if request.method == "GET":
        return with_query(request, **{**query, "echostr": secret})
    body = f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><Encrypt><![CDATA[{secret}]]></Encrypt></xml>"
    return replace(with_query(request, **query), body=body.encode())


def encrypted(document: bytes, corp_id: str = CORP_ID) -> str:
    return SafeMode(AES_KEY, corp_id).encrypt(document)


def sign(request: WebhookRequest) -> WebhookRequest:
    """`timestamp=now` becomes the time of the tests; the body, or `echostr`, is sealed. Pages are not signed."""
    if request.method == "SYNC":
        return request
    query = dict(request.query)
    if query["timestamp"] == "now":
        query["timestamp"] = str(int(NOW.timestamp()))
    inside = query["echostr"].encode() if request.method == "GET" else request.body
    return sealed(with_query(request, **query), encrypted(inside))


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def changed(**query: str) -> WebhookRequest:
        return with_query(request, **{**request.query, **query})

    def without(name: str) -> WebhookRequest:
        return with_query(request, **{key: value for key, value in request.query.items() if key != name})

    query = request.query
    return {
        "no msg_signature": without("msg_signature"),
        "msg_signature cut": changed(msg_signature=query["msg_signature"][:-1]),
        "msg_signature in another script": changed(msg_signature="签名"),
        "signature of no content": changed(msg_signature=signature(TOKEN, query["timestamp"], query["nonce"])),
        "another nonce": changed(nonce="1"),
        "no timestamp": without("timestamp"),
        "body of another message": replace(request, body=sealed(request, encrypted(b"<xml/>")).body),
        "plain body": replace(request, body=b"<xml><Event>kf_msg_or_event</Event></xml>"),
        "no body": replace(request, body=b""),
        "a test of the address without anything to echo": replace(request, method="GET"),
    }


def accept(provider: Provider) -> None:
    token = {"errcode": 0, "errmsg": "ok", "access_token": "lent-token", "expires_in": 7200}
    provider.answers(GET_TOKEN, says(token))
    provider.answers(UPLOAD, says({"errcode": 0, "errmsg": "", "type": "image", "media_id": "media-1"}))
    provider.answers(SEND, DONE)


def parts(around: Surroundings) -> tuple[Part, ...]:
    """One of each kind that is declared."""
    assert isinstance(around.files, MemoryFiles)
    digest = around.files.keep(b"the bytes of a file")
    return (
        Text("您好，请问有什么可以帮您？"),
        Menu("您对本次服务满意吗？", (Option("101", "满意"), Option("102", "不满意"))),
        Link("https://bank.example/cards", "信用卡", "三分钟申请"),
        Location(31.2397, 121.4903, "外滩"),
        Media(MediaType.IMAGE, mime="image/png", size=19, digest=digest),
        Media(MediaType.VOICE, mime="audio/amr", size=19, digest=digest),
        Media(MediaType.VIDEO, mime="video/mp4", size=19, digest=digest),
        Media(MediaType.FILE, name="合同.pdf", mime="application/pdf", size=19, digest=digest),
    )


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="callback",
    address=Address("wecom:account/wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"),
    undeclared=(
        Media(MediaType.IMAGE, mime="image/webp", size=1),
        Media(MediaType.IMAGE, mime="image/png", size=11 * 1024 * 1024),
        Media(MediaType.VOICE, mime="audio/mpeg", size=1),
        Media(MediaType.VIDEO, mime="video/quicktime", size=1),
        Media(MediaType.FILE, mime="application/pdf", size=21 * 1024 * 1024),
        Choice("101"),
        Html("<p>您好</p>"),
    ),
    sending=HttpSending(accept=accept, path=SEND, parts=parts),
)
