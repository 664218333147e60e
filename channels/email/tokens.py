"""Signed tokens that fit into an address: an id of ours and an HMAC, in base32, lower case.

What a token is good for is part of what is signed: one that leads to a conversation proves nothing about a bounce.
"""

import hashlib
import hmac
import re
from base64 import b32decode, b32encode

_ID_BYTES = 16
_MAC_BYTES = 10
_TOKEN = re.compile(r"[a-z2-7]{42}")


def sign(secret: str, purpose: bytes, id: str) -> str:
    """42 characters that only we can make for this id. Raises ValueError for one that is not ours."""
    raw = bytes.fromhex(id)
    if len(raw) != _ID_BYTES:
        raise ValueError("not an id of ours")
    return _base32(raw) + _base32(_mac(secret, purpose, raw))


def find(secret: str, purpose: bytes, text: str) -> str:
    """The id whose genuine token stands in this text; empty when there is none."""
    for candidate in _TOKEN.findall(text.lower()):
        raw, mac = _from_base32(candidate[:26]), _from_base32(candidate[26:])
        if hmac.compare_digest(mac, _mac(secret, purpose, raw)):
            return raw.hex()
    return ""


def _mac(secret: str, purpose: bytes, raw: bytes) -> bytes:
    return hmac.new(secret.encode(), purpose + b"\0" + raw, hashlib.sha256).digest()[:_MAC_BYTES]


def _base32(raw: bytes) -> str:
    return b32encode(raw).decode().rstrip("=").lower()


def _from_base32(text: str) -> bytes:
    return b32decode(text.upper() + "=" * (-len(text) % 8))
