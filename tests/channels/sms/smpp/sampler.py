"""SMPP for the conformance kit: what comes over a session that we opened ourselves."""

import dataclasses
from collections.abc import Mapping

from channels.contract import WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType
from tests.support.sampler import Sampler


def settings(_url: str) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": "9", "system_id": "huiliu", "password": "secret-of-the-bind"}


def sign(request: WebhookRequest) -> WebhookRequest:
    """The session is the proof; there is nothing to sign."""
    return request


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    return {method: dataclasses.replace(request, method=method) for method in ("POST", "GET", "pdu", "")}


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="receipt",
    address=Address("tel:+8613800138000"),
    undeclared=(Media(MediaType.IMAGE, mime="image/png", size=1), Choice("1"), Html("<p>您好</p>")),
)
