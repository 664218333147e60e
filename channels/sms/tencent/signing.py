"""Tencent Cloud's signature of requests, version 3 (TC3-HMAC-SHA256).

Source: cloud.tencent.com/document/api/382/52072 (签名方法 v3), for a POST with a JSON body and no query.
"""

import hashlib
import hmac
from datetime import datetime

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "sms"


def signed_headers(
    *,
    host: str,
    path: str,
    body: bytes,
    action: str,
    version: str,
    region: str,
    secret_id: str,
    secret_key: str,
    at: datetime,
    service: str = SERVICE,
    content_type: str = "application/json; charset=utf-8",
) -> dict[str, str]:
    """The headers of a POST with this body; the signature covers the first three."""
    signed = {"content-type": content_type, "host": host, "x-tc-action": action}
    names = ";".join(signed)
    lines = "".join(f"{name}:{value.lower()}\n" for name, value in signed.items())
    canonical = "\n".join(("POST", path, "", lines, names, hashlib.sha256(body).hexdigest()))
    timestamp, date = str(int(at.timestamp())), at.strftime("%Y-%m-%d")
    scope = f"{date}/{service}/tc3_request"
    to_sign = "\n".join((ALGORITHM, timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = _signing_key(secret_key, date, service)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        **signed,
        "x-tc-timestamp": timestamp,
        "x-tc-version": version,
        "x-tc-region": region,
        "authorization": f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={signature}",
    }


def _signing_key(secret_key: str, date: str, service: str) -> bytes:
    """Good for one day and one service."""
    key = f"TC3{secret_key}".encode()
    for step in (date, service, "tc3_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key
