"""Web chat for the conformance kit: frames bear a visitor's token, and the site's signature under an identity."""

from collections.abc import Mapping
from dataclasses import replace

from channels.contract import WebhookRequest
from channels.webchat.identity import issue_token, sign_claims
from conversations.address import Address
from conversations.ids import AccountId
from conversations.parts import Choice, Html, Media, MediaType
from tests.support.sampler import Sampler

ACCOUNT = AccountId("account")
VISITOR = "0192f7a0c0de7abc8def0000000000a1"
SITE_SECRET = "a site secret for tests"
VISITOR_SECRET = "a visitor secret for tests"


def settings(_url: str) -> dict[str, str]:
    return {"site_secret": SITE_SECRET, "visitor_secret": VISITOR_SECRET, "origins": "https://bank.example"}


def sign(request: WebhookRequest) -> WebhookRequest:
    signed = {"authorization": issue_token(VISITOR_SECRET, ACCOUNT, VISITOR)}
    if "identity" in request.headers:
        signed["signature"] = sign_claims(SITE_SECRET, request.headers["identity"])
    return replace(request, headers={**signed, **request.headers})


def forgeries(request: WebhookRequest) -> Mapping[str, WebhookRequest]:
    def bearing(token: str, **headers: str) -> WebhookRequest:
        return replace(request, headers={**request.headers, "authorization": token, **headers})

    token = request.headers["authorization"]
    visitor, _, signature = token.partition(".")
    return {
        "no token": replace(request, headers={}),
        "empty token": bearing(""),
        "no signature": bearing(visitor),
        "short signature": bearing(token[:-1]),
        "another visitor": bearing(f"{visitor[:-1]}0.{signature}"),
        "token of another account": bearing(issue_token(VISITOR_SECRET, AccountId("other"), VISITOR)),
        "signed with the site's secret": bearing(issue_token(SITE_SECRET, ACCOUNT, VISITOR)),
        "no letters of ours": bearing("余额.余额"),
        "unsigned identity": bearing(token, identity='{"user":"1","exp":4102444800}'),
        "posted over HTTP": replace(request, method="POST"),
    }


SAMPLER = Sampler(
    settings=settings,
    sign=sign,
    forgeries=forgeries,
    example="message",
    address=Address(f"web:account/{VISITOR}"),
    undeclared=(
        Choice("101"),
        Html("<p>您好</p>"),
        Media(MediaType.IMAGE, mime="image/svg+xml", size=1, digest="0" * 64),
        Media(MediaType.FILE, mime="application/pdf", size=11 * 1024 * 1024, digest="0" * 64),
    ),
)
