"""Twilio's short messages for the conformance kit."""

import dataclasses
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qsl

from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType, Part, Text
from tests.support.provider import Provider, Scripted, says
from tests.support.sampler import HttpSending, Sampler

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TOKEN = "auth-token-of-the-tests"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def settings(url: str) -> dict[str, str]:
    return {
        "account_sid": ACCOUNT_SID,
        "auth_token": TOKEN,
        "from_number": "+14155552671",
        "webhook_url": "https://huiliu.example/webhooks/account",
        "api_url": url,
    }


def sent() -> Scripted:
    return says(
        {"sid": "SM" + "ab" * 16, "status": "queued", "error_code": None, "error_message": None, "num_segments": "1"},
        status=201,
    )


def sign(request: WebhookRequest) -> WebhookRequest:
    """By Twilio's own library."""
    if "form" in request.headers.get("content-type", "form"):
        fields = MultiDict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
        signature = RequestValidator(TOKEN).compute_signature(request.url, fields)
        return dataclasses.replace(request, headers={**request.headers, "x-twilio-signature": signature})
    url = URL(request.url).update_query(bodySHA256=sha256(request.body).hexdigest())
    signature = RequestValidator(TOKEN).compute_signature(str(url), {})
    headers = {**request.headers, "x-twilio-signature": signature}
    return dataclasses.replace(request, url=str(url), query=dict(url.query), headers=headers)


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    signature = request.headers["x-twilio-signature"]
    return {
        "no signature": signed_by(request, ""),
        "signature cut": signed_by(request, signature[:-1]),
        "signature in another script": signed_by(request, "签名"),
        "other body": dataclasses.replace(request, body=request.body.replace(b"Body=", b"Body=%20")),
        "one more field": dataclasses.replace(request, body=request.body + b"&OptOutType=STOP"),
        "other address": dataclasses.replace(request, url=request.url + "?delivery=1"),
        "other kind of body": dataclasses.replace(request, headers={**request.headers, "content-type": "text/plain"}),
    }


def signed_by(request: WebhookRequest, signature: str) -> WebhookRequest:
    return dataclasses.replace(request, headers={**request.headers, "x-twilio-signature": signature})


def accept(provider: Provider) -> None:
    provider.answers(MESSAGES, sent())


def parts(_around: Surroundings) -> tuple[Part, ...]:
    return (Text("Your order 50% is on its way 👍"),)


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="message",
    address=Address("tel:+14155550123"),
    undeclared=(Media(MediaType.IMAGE, mime="image/webp", size=1), Choice("1"), Html("<p>hello</p>")),
    sending=HttpSending(accept=accept, path=MESSAGES, parts=parts),
)
