"""Twilio's signature, against Twilio's own library."""

import dataclasses
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.contract import WebhookRequest
from channels.sms.twilio.signature import FORM, check_signature, sign
from conversations.errors import SignatureInvalid

TOKEN = "12345"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]


def request(url: str, body: bytes, content_type: str = FORM, **query: str) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url=url,
        query=query,
        headers={"content-type": content_type},
        body=body,
        received_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def signed(plain: WebhookRequest, signature: str) -> WebhookRequest:
    return dataclasses.replace(plain, headers={**plain.headers, "x-twilio-signature": signature})


def test_the_signature_is_that_of_the_documentation() -> None:
    """The example of twilio.com/docs/usage/security: this address, these fields, the token 12345."""
    assert sign("https://mycompany.com/myapp.php?foo=1&bar=2", FIELDS, TOKEN) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6), st.text("abc/?&=%20", max_size=20))
def test_twilios_library_makes_the_same(fields: list[tuple[str, str]], tail: str) -> None:
    url = f"https://huiliu.example/webhooks/1{tail}"
    assert sign(url, fields, TOKEN) == RequestValidator(TOKEN).compute_signature(url, MultiDict(fields))


@pytest.mark.parametrize(
    ("signed_url", "called_url"),
    [
        ("https://a.example/w", "https://a.example/w"),
        ("https://a.example:443/w", "https://a.example/w"),
        ("https://a.example/w", "https://a.example:443/w"),
        ("http://a.example:80/w?b=%E6%82%A8", "http://a.example/w?b=%E6%82%A8"),
        ("https://a.example:8443/w", "https://a.example:8443/w"),
        ("https://a.example/w", "https://a.example:8443/w"),
    ],
)
def test_ports_may_be_signed_or_not(signed_url: str, called_url: str) -> None:
    check_signature(signed(request(called_url, urlencode(FIELDS).encode()), sign(signed_url, FIELDS, TOKEN)), TOKEN)


@pytest.mark.parametrize(
    ("signed_url", "called_url"),
    [
        ("https://a.example/w", "https://b.example/w"),
        ("https://a.example/w", "https://a.example/w/"),
        ("https://a.example/w", "http://a.example/w"),
        ("https://a.example/w?b=%E6%82%A8", "https://a.example/w?b=您"),
        ("https://a.example:8443/w", "https://a.example/w"),
        ("https://a.example/w", "https://a.example:port/w"),
        ("https://a.example/w", "no address"),
    ],
)
def test_the_address_must_be_the_one_that_was_called(signed_url: str, called_url: str) -> None:
    counterfeit = signed(request(called_url, urlencode(FIELDS).encode()), sign(signed_url, FIELDS, TOKEN))
    with pytest.raises(SignatureInvalid):
        check_signature(counterfeit, TOKEN)


def test_json_is_vouched_for_by_its_hash_in_the_address() -> None:
    body = '{"say":"您好"}'.encode()
    digest = sha256(body).hexdigest()
    url = f"https://a.example/w?bodySHA256={digest}"
    genuine = signed(request(url, body, "application/json", bodySHA256=digest), sign(url, (), TOKEN))
    check_signature(genuine, TOKEN)
    assert RequestValidator(TOKEN).validate(url, body.decode(), genuine.headers["x-twilio-signature"])
    with pytest.raises(SignatureInvalid):
        check_signature(dataclasses.replace(genuine, body=b"{}"), TOKEN)


def test_json_without_its_hash_proves_nothing() -> None:
    url = "https://a.example/w"
    with pytest.raises(SignatureInvalid):
        check_signature(signed(request(url, b"{}", "application/json"), sign(url, (), TOKEN)), TOKEN)


def test_fields_without_text_are_signed_too() -> None:
    body = b"Body=&ToCity=&From=%2B1"
    url = "https://a.example/w"
    fields = {"Body": "", "ToCity": "", "From": "+1"}
    check_signature(signed(request(url, body), RequestValidator(TOKEN).compute_signature(url, fields)), TOKEN)
