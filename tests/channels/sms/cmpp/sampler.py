"""CMPP for the conformance kit."""

from collections.abc import Mapping
from dataclasses import replace

from channels.contract import WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html, Media, MediaType
from tests.support.sampler import Sampler


def settings(url: str) -> dict[str, str]:
    """A gateway whose port nobody listens on."""
    return {
        "host": "127.0.0.1",
        "port": "9",
        "source_addr": "900001",
        "secret": "secret-of-the-connection",
        "service_id": "HUILIU",
        "src_id": "10690001",
        "signature": "汇流客服",
        "signature_by": "us",
    }


def sign(request: WebhookRequest) -> WebhookRequest:
    """Nothing is signed: the connection is our own."""
    return request


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    return {
        "posted": replace(request, method="POST", url="https://huiliu.example/webhooks/account"),
        "fetched": replace(request, method="GET", url="https://huiliu.example/webhooks/account"),
        "mailed": replace(request, method="MAIL"),
    }


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="report",
    address=Address("tel:+8613800138000"),
    undeclared=(Media(MediaType.IMAGE, mime="image/png", size=1), Choice("1"), Html("<p>您好</p>")),
)
