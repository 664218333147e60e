"""Nobody can be somebody else."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.webchat.identity import (
    customer_visitor,
    issue_token,
    new_visitor,
    read_claims,
    read_token,
    sign_claims,
)
from conversations.errors import SignatureInvalid
from conversations.ids import AccountId

SECRET = "a site secret for tests"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 60
SHOP = AccountId("shop")


def signed(**claims: Any) -> tuple[str, str]:
    text = json.dumps({"exp": LATER, **claims}, ensure_ascii=False)
    return text, sign_claims(SECRET, text)


def test_a_new_visitor_is_known_again() -> None:
    visitor = new_visitor()

    assert read_token(SECRET, SHOP, issue_token(SECRET, SHOP, visitor)) == visitor
    assert new_visitor() != visitor


def test_a_customer_is_the_same_visitor_everywhere_and_no_one_else() -> None:
    visitor = customer_visitor(SECRET, SHOP, "1")

    assert read_token(SECRET, SHOP, issue_token(SECRET, SHOP, visitor)) == visitor
    assert customer_visitor(SECRET, SHOP, "1") == visitor
    assert customer_visitor(SECRET, SHOP, "2") != visitor
    assert customer_visitor(SECRET, AccountId("bank"), "1") != visitor


def test_claims_become_addresses() -> None:
    claims = read_claims(SECRET, *signed(user=8800123, name="李雷", phone="13800138000", email="Li@example.cn"), NOW)

    assert claims.name == "李雷"
    assert claims.evidence(SHOP) == ("user:shop/8800123", "tel:+8613800138000", "mailto:li@example.cn")


@pytest.mark.parametrize(
    "unusable",
    [
        {"phone": "138****8000"},
        {"phone": "12"},
        {"phone": None},
        {"email": "nobody"},
        {"user": ""},
        {"user": True},
        {"user": {"$ne": 1}},
        {"language": "<script>"},
    ],
)
def test_what_cannot_be_an_address_proves_nothing(unusable: dict[str, object]) -> None:
    claims = read_claims(SECRET, *signed(**unusable), NOW)

    assert (claims.user, claims.phone, claims.email, claims.language) == ("", "", "", "")


@pytest.mark.parametrize("exp", [LATER - 60, 0, -1, None, "tomorrow", 1e30, float("inf"), [], True])
def test_claims_end(exp: object) -> None:
    with pytest.raises(SignatureInvalid):
        read_claims(SECRET, *signed(exp=exp), NOW)


@pytest.mark.parametrize("text", ["", "1", "[]", "{}", "not JSON", '{"exp": "x"}'])
def test_signed_nonsense_is_no_identity(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        read_claims(SECRET, text, sign_claims(SECRET, text), NOW)


def test_one_changed_letter_breaks_the_signature() -> None:
    text, signature = signed(user="1")

    with pytest.raises(SignatureInvalid):
        read_claims(SECRET, text.replace('"1"', '"2"'), signature, NOW)
