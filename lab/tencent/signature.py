"""Tencent's signature v3 (TC3-HMAC-SHA256), from the side that checks it.

https://cloud.tencent.com/document/api/382/52072
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ALGORITHM = "TC3-HMAC-SHA256"
MUST_BE_SIGNED = frozenset(("content-type", "host"))

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} Credential=([^/,]+)/(\d{{4}}-\d\d-\d\d)/sms/tc3_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """The `Authorization` header, taken apart."""

    secret_id: str
    date: str
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)


def read_authorization(header: str) -> Authorization | None:
    """The parts of the header; None if it is not of this algorithm and service."""
    found = _AUTHORIZATION.fullmatch(header)
    if found is None:
        return None
    names = tuple(found[3].split(";"))
    return Authorization(secret_id=found[1], date=found[2], signed_headers=names, signature=found[4])


def sign(path: str, headers: Mapping[str, str], body: bytes, claimed: Authorization, secret: str) -> str:
    """The signature of a POST that the holder of the secret would make, over the headers that were claimed."""
    canonical = [
        "POST",
        path,
        "",
        *(f"{name}:{headers.get(name, '').strip().lower()}" for name in claimed.signed_headers),
        "",
        ";".join(claimed.signed_headers),
        _sha256(body),
    ]
    scope = f"{claimed.date}/sms/tc3_request"
    hashed = _sha256("\n".join(canonical).encode())
    text = f"{ALGORITHM}\n{headers.get('x-tc-timestamp', '')}\n{scope}\n{hashed}"
    of_the_day = _hmac(f"TC3{secret}".encode(), claimed.date)
    return _hmac(_hmac(_hmac(of_the_day, "sms"), "tc3_request"), text).hex()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
