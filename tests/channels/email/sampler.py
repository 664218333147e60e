"""E-mail for the conformance kit: mail bears no signature, so a forgery is mail for somebody else."""

from collections.abc import Mapping
from dataclasses import replace

from channels.contract import WebhookRequest
from conversations.address import Address
from conversations.parts import Choice, Html
from tests.support.sampler import Sampler


def settings(_url: str) -> dict[str, str]:
    return {
        "mailbox": "service@huiliu.example",
        "display_name": "汇流客服",
        "smtp_host": "127.0.0.1",
        "smtp_port": "9",
        "thread_secret": "a thread secret for tests",
    }


def sign(request: WebhookRequest) -> WebhookRequest:
    return request


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def to(recipient: str) -> WebhookRequest:
        return replace(request, headers={**request.headers, "rcpt-to": recipient})

    return {
        "no envelope": replace(request, headers={}),
        "another mailbox": to("sales@huiliu.example"),
        "another domain": to("service@evil.example"),
        "posted over HTTP": replace(request, method="POST"),
    }


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="iphone_reply",
    address=Address("mailto:lilei@example.cn"),
    undeclared=(Choice("101"), Html("<p>您好</p>")),
)
