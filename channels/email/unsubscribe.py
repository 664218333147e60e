"""Unsubscribing with one click (RFC 8058), or by a mail (RFC 2369 §3.2).

The token in the link names the customer's address and the mail it stood in, and is signed: it needs no session, and
nobody can take somebody else off.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from urllib.parse import quote

from channels.email.config import EmailConfig
from conversations.address import Address
from conversations.ids import AccountId, DeliveryId
from conversations.inbound import ContactChange, ContactChanged

_SUBJECT = "unsubscribe"
"""What the subject of a mail begins with that asks to be taken off; the token is all the rest."""

METHOD = "UNSUBSCRIBE"
"""Of requests that the gateway makes of a click."""

_PURPOSE = b"huiliu mail unsubscribe\0"
_MAC_BYTES = 16
_ID_BYTES = 16
_LONGEST = 600


def unsubscribe_token(secret: str, delivery: DeliveryId, address: Address) -> str:
    """A token for links and subjects. Raises ValueError for an id that is not ours."""
    said = bytes.fromhex(delivery) + address.encode()
    return urlsafe_b64encode(_mac(secret, said) + said).decode().rstrip("=")


def read_unsubscribe_token(secret: str, token: str) -> Address | None:
    """Whose genuine token this is."""
    try:
        raw = urlsafe_b64decode(token[:_LONGEST] + "=" * (-len(token) % 4))
        mac, said = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        return Address(said[_ID_BYTES:].decode()) if hmac.compare_digest(mac, _mac(secret, said)) else None
    except (binascii.Error, ValueError):
        return None


def read_unsubscribe_subject(secret: str, subject: str) -> tuple[str, Address] | None:
    """The genuine token that is all a subject says, and whose it is."""
    word, _, token = subject.partition(" ")
    address = read_unsubscribe_token(secret, token) if word.lower() == _SUBJECT else None
    return None if address is None else (token, address)


def unsubscribe_headers(config: EmailConfig, account: AccountId, token: str) -> dict[str, str]:
    """What mail that a program sends says about how to be spared more of it."""
    by_mail = f"<mailto:{config.mailbox}?subject={_SUBJECT}%20{token}>"
    if not config.public_url:
        return {"List-Unsubscribe": by_mail}
    link = f"<{config.public_url.rstrip('/')}/unsubscribe/{quote(account, safe='')}/{token}>"
    return {"List-Unsubscribe": f"{link},\n {by_mail}", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def opted_out(token: str, address: Address, at: datetime) -> ContactChanged:
    """The news of it: once a day for each link, so that it works again for whoever came back in between."""
    digest = hashlib.sha256(token.encode()).hexdigest()[:32]
    return ContactChanged(
        key=f"unsubscribe {digest} {at:%Y-%m-%d}",
        address=address,
        change=ContactChange.OPTED_OUT,
        occurred_at=at,
    )


def _mac(secret: str, said: bytes) -> bytes:
    return hmac.new(secret.encode(), _PURPOSE + said, hashlib.sha256).digest()[:_MAC_BYTES]
