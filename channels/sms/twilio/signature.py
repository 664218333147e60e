"""Twilio's signature of webhooks: HMAC-SHA1 of the public address with everything that was sent to it.

Source: twilio.com/docs/usage/security (validating requests), whose rules the library's RequestValidator spells out.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, parse_qsl, urlsplit

from channels.contract import WebhookRequest
from conversations.errors import SignatureInvalid

FORM = "application/x-www-form-urlencoded"

_DEFAULT_PORTS = {"https": 443, "http": 80}

Fields = Sequence[tuple[str, str]]


def form_of(request: WebhookRequest) -> Fields:
    """The fields of a form in the body, exactly as they were sent; none for other bodies."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        return ()
    return parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)


def check_signature(request: WebhookRequest, token: str) -> None:
    """Raise `SignatureInvalid` unless Twilio signed the address, the form, and (`bodySHA256`) any other body."""
    fields = form_of(request)
    if not fields and request.body and not _vouches_for_body(request):
        raise SignatureInvalid
    claimed = request.headers.get("x-twilio-signature", "").encode()
    made = (sign(url, fields, token).encode() for url in _spellings(request.url))
    if not any(hmac.compare_digest(claimed, signature) for signature in made):
        raise SignatureInvalid


def sign(url: str, fields: Fields, token: str) -> str:
    """The signature that whoever knows the token would make."""
    text = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _vouches_for_body(request: WebhookRequest) -> bool:
    claimed = request.query.get("bodySHA256", "").lower().encode()
    return hmac.compare_digest(claimed, hashlib.sha256(request.body).hexdigest().encode())


def _spellings(url: str) -> Iterable[str]:
    """With the default port and without it: Twilio's servers do not agree on which of them they sign."""
    parts = urlsplit(url)
    try:
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return (url,)
    bare = parts.netloc.removesuffix(f":{port}")
    return (_at(parts, url, bare), _at(parts, url, f"{bare}:{port}"))


def _at(parts: SplitResult, url: str, netloc: str) -> str:
    """The same address at another place, its path and query untouched."""
    return url.replace(f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{netloc}", 1)
