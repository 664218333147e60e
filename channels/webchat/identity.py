"""Who is on the other side: a browser that we know again, and the customer that a site vouches for.

Three proofs, all HMAC-SHA256: our token for a visitor, the site's signature on a customer's claims, and our proof that
a visitor uploaded a file.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import phonenumbers

from conversations.address import Address, mail_address, phone_address, user_address
from conversations.errors import SignatureInvalid
from conversations.ids import AccountId, new_id
from conversations.parts import Media

_VISITOR = re.compile(r"[0-9a-f]{32}")
_MAILBOX = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_NUMBER = re.compile(r"[\d\s()+.-]+")  # a masked number, 138****8000, would be read as a shorter one
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONGEST = 200


@dataclass(frozen=True)
class Claims:
    """What the site says about its customer; empty where it says nothing."""

    user: str
    name: str
    phone: str
    email: str
    language: str
    expires_at: datetime

    def evidence(self, account: AccountId) -> tuple[Address, ...]:
        """The addresses that are proved to be this person's."""
        known = (
            user_address(account, self.user) if self.user else None,
            phone_address(self.phone) if self.phone else None,
            mail_address(self.email) if self.email else None,
        )
        return tuple(address for address in known if address)


NOBODY = Claims(user="", name="", phone="", email="", language="", expires_at=datetime.max.replace(tzinfo=UTC))


def new_visitor() -> str:
    """A visitor nobody has seen before."""
    return new_id()


def customer_visitor(secret: str, account: AccountId, user: str) -> str:
    """The visitor that a signed customer is on every device.

    Customers never share a visitor, so two who use one browser after another stay two people.
    """
    return _sign(secret, "customer", account, user)[:32]


def issue_token(secret: str, account: AccountId, visitor: str) -> str:
    """A token for a visitor."""
    return f"{visitor}.{_sign(secret, 'visitor', account, visitor)}"


def read_token(secret: str, account: AccountId, token: str) -> str:
    """The visitor whose token this is. Raises SignatureInvalid."""
    visitor, _, signature = token.partition(".")
    if not _VISITOR.fullmatch(visitor) or not _same(signature, _sign(secret, "visitor", account, visitor)):
        raise SignatureInvalid("this is not a visitor's token")
    return visitor


def sign_claims(secret: str, claims: str) -> str:
    """What a site does on its server: sign exactly the characters that it will hand to the widget."""
    return hmac.new(secret.encode(), claims.encode(), hashlib.sha256).hexdigest()


def read_claims(secret: str, claims: str, signature: str, now: datetime) -> Claims:
    """The claims of a customer. Raises SignatureInvalid when they are forged, stale or unreadable."""
    if not _same(signature, sign_claims(secret, claims)):
        raise SignatureInvalid("the site did not sign this identity")
    try:
        said = orjson.loads(claims)
        expires = datetime.fromtimestamp(said["exp"], UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
        raise SignatureInvalid("this identity has no readable time of expiry") from error
    if expires <= now:
        raise SignatureInvalid("this identity is no longer valid")
    return Claims(
        user=_words(said.get("user")),
        name=_words(said.get("name")),
        phone=readable_phone(_words(said.get("phone"))),
        email=readable_mailbox(_words(said.get("email"))),
        language=_matching(_LANGUAGE, _words(said.get("language"))),
        expires_at=expires,
    )


def prove_upload(secret: str, account: AccountId, visitor: str, media: Media) -> str:
    """What a visitor shows later: we took this file from them, and it is what they say it is."""
    return _sign(secret, "upload", account, visitor, media.digest, media.mime, str(media.size))


def is_upload(secret: str, account: AccountId, visitor: str, media: Media, proof: str) -> bool:
    """Whether the proof holds."""
    return _same(proof, prove_upload(secret, account, visitor, media))


def readable_mailbox(text: str) -> str:
    """A mail address as it is; empty when it is none."""
    return _matching(_MAILBOX, text)


def readable_phone(text: str) -> str:
    """A phone number in E.164 form; empty when it is none."""
    try:
        number = phonenumbers.parse(_matching(_NUMBER, text), "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _sign(secret: str, *words: str) -> str:
    return hmac.new(secret.encode(), "\0".join(words).encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _words(value: object) -> str:
    """Text or a number as one short line; anything else says nothing."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return " ".join(str(value).replace("\0", "").split())[:_LONGEST]


def _matching(pattern: re.Pattern[str], text: str) -> str:
    return text if pattern.fullmatch(text) else ""
