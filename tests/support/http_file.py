"""Fixtures of requests: one file with the request line, the headers and the body, one with what must come of it.

    # https://where.it/was-documented   (or: # invented, …)
    POST /webhooks/account?signature=… HTTP/1.1
    Content-Type: text/xml

    <xml>…</xml>

The body is taken as it is, without the line end that editors put at the end of a file. Other methods may have any
address instead of a path: `MAIL smtp:service@example.cn HTTP/1.1`. Bytes that editors cannot show are written in
hexadecimal digits, under the header `Written: hex`, which is not part of the request.
"""

import dataclasses
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from yarl import URL

from channels.contract import WebhookRequest

PUBLIC = "https://huiliu.example"


def read_http(path: Path, received_at: datetime) -> WebhookRequest:
    """The request in a `.http` file, as the gateway would hand it to a channel."""
    source, _, rest = path.read_bytes().partition(b"\n")
    assert source.startswith(b"# "), f"{path} does not say where it comes from"
    head, body = _head_and_body(rest)
    request_line, *headers = head.decode().splitlines()
    method, target, _version = request_line.split(" ")
    named = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    written = body.removesuffix(b"\n").removesuffix(b"\r")
    url = URL(PUBLIC + target if target.startswith("/") else target)
    return WebhookRequest(
        method=method,
        url=str(url),
        query=dict(url.query),
        body=bytes.fromhex(written.decode()) if named.pop("written", "") == "hex" else written,
        headers=named,
        received_at=received_at,
    )


def with_query(request: WebhookRequest, **query: str) -> WebhookRequest:
    """The same request with these parameters instead, in its address too."""
    return dataclasses.replace(request, url=str(URL(request.url).with_query(query)), query=query)


def shown(value: object) -> object:
    """Events as plain data for `.json` files: class names, and only what differs from the defaults."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {
            each.name: shown(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if getattr(value, each.name) != each.default
        }
        return {"is": type(value).__name__, **told}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return _readable(value)
    if isinstance(value, tuple | list):
        return [shown(each) for each in value]
    return value


def _readable(octets: bytes) -> str:
    """Words as they are; what breaks off or was never any in hexadecimal digits."""
    words = octets.decode(errors="replace")
    return octets.hex() if "\0" in words or "\ufffd" in words else words


def _head_and_body(rest: bytes) -> tuple[bytes, bytes]:
    ends = [(rest.index(end), end) for end in (b"\r\n\r\n", b"\n\n") if end in rest]
    if not ends:
        return rest, b""
    at, end = min(ends)
    return rest[:at], rest[at + len(end) :]
