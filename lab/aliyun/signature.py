"""Aliyun's V3 signature (ACS3-HMAC-SHA256), from the side that checks it.

https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"

_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{{64}})")


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """What goes into a signature. Header names are lower case."""

    method: str
    path: str
    query: Iterable[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Authorization:
    """The `Authorization` header, taken apart."""

    key_id: str
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)


def read_authorization(header: str) -> Authorization | None:
    """The parts of the header; None if it is not of this algorithm."""
    found = _AUTHORIZATION.fullmatch(header)
    return Authorization(found[1], tuple(found[2].split(";")), found[3]) if found else None


def must_be_signed(headers: Iterable[str]) -> frozenset[str]:
    """The headers that a signature has to cover."""
    return frozenset(name for name in headers if name.startswith("x-acs-") or name == "host")


def sign(request: SignedRequest, signed_headers: tuple[str, ...], secret: str) -> str:
    """The signature that the holder of the secret would make."""
    canonical = "\n".join(
        (
            request.method,
            quote(request.path, safe="/-_.~"),
            _canonical_query(request.query),
            "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in signed_headers),
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    text = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _canonical_query(query: Iterable[tuple[str, str]]) -> str:
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in encoded)
