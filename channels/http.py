"""Speaking HTTP to a provider: one request, and what went wrong in words that say who must act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
from yarl import URL

from channels.contract import Surroundings
from conversations.errors import ProviderUnavailable, Throttled, UnknownOutcome

PATIENCE = aiohttp.ClientTimeout(total=20, connect=5, sock_connect=5, sock_read=10)
"""The timeouts of the session that channels are given. Connecting must end before `total` does: what runs out later
runs out after the request left."""

MAX_ANSWER = 1024 * 1024
"""Bytes of an answer that carries no file."""

_NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_GATEWAY_TIMEOUT = 504


@dataclass(frozen=True)
class Answer:
    """What the provider said. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any] | None:
        """The JSON object in the body; None for anything else, such as a proxy's page of HTML."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None


async def ask(
    around: Surroundings,
    method: str,
    url: URL,
    *,
    repeatable: bool,
    redirects: bool = False,
    headers: Mapping[str, str] | None = None,
    data: aiohttp.Payload | aiohttp.FormData | None = None,
    max_bytes: int = MAX_ANSWER,
    pause: Callable[[Answer], timedelta | None] = lambda answer: None,
) -> Answer:
    """Make one request and read the answer to its end; follows no redirect, which is an answer where `redirects`.

    `repeatable` requests do nothing twice, so that without an answer they count as not made. Raises
    `ProviderUnavailable`, `UnknownOutcome` and `Throttled`; errors that the provider wrote into its answer are the
    caller's to read. `pause` finds how long to wait in the body of a 429, for providers that write it there. Causes
    are left out of the errors, since aiohttp's name the whole address with its token.
    """
    lost = ProviderUnavailable if repeatable else UnknownOutcome
    try:
        async with around.http.request(method, url, headers=headers, data=data, allow_redirects=False) as response:
            body = await _read(response, max_bytes)
    except _NEVER_CONNECTED as error:
        raise ProviderUnavailable(f"{url.host} cannot be reached ({type(error).__name__})") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise lost(f"{url.host} did not answer ({type(error).__name__})") from None
    answer = Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, body)
    if answer.status == _GATEWAY_TIMEOUT:
        raise lost(f"{url.host} did not answer its own front door", code="504")
    if answer.status == 429:
        after = pause(answer) or _retry_after(answer, around.clock())
        raise Throttled(f"{url.host} asks us to slow down", code="429", after=after)
    return answer if redirects and 300 <= answer.status < 400 else _served(answer, url)


def is_web_address(text: str) -> bool:
    """Whether requests can be made to this address."""
    try:
        url = URL(text)
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def json_body(value: object) -> aiohttp.Payload:
    """JSON as UTF-8, unescaped: some providers show `\\u` escapes to the customer."""
    return aiohttp.BytesPayload(orjson.dumps(value), content_type="application/json")


def unreadable(answer: Answer, url: URL, *, repeatable: bool) -> ProviderUnavailable | UnknownOutcome:
    """The error for an answer that is not in the provider's language: after a 2xx the deed may have been done."""
    lost = ProviderUnavailable if repeatable or answer.status >= 300 else UnknownOutcome
    return lost(f"{url.host} gave an answer that is not its own (HTTP {answer.status})", code=str(answer.status))


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > max_bytes:
            raise aiohttp.ClientPayloadError(f"more than {max_bytes} bytes")
    return bytes(body)


def _served(answer: Answer, url: URL) -> Answer:
    if answer.status >= 500 and answer.json() is None:
        raise ProviderUnavailable(f"{url.host} is down (HTTP {answer.status})", code=str(answer.status))
    if 300 <= answer.status < 400:
        raise ProviderUnavailable(f"{url.host} sends us elsewhere (HTTP {answer.status})", code=str(answer.status))
    return answer


def _retry_after(answer: Answer, now: datetime) -> timedelta:
    """`Retry-After` as seconds or as a date (RFC 9110, 10.2.3); 30 seconds without a usable one."""
    value = answer.headers.get("retry-after", "")
    if value.isdecimal():
        return timedelta(seconds=min(int(value), 24 * 3600))
    try:
        return max(parsedate_to_datetime(value) - now, timedelta())
    except (ValueError, TypeError):
        return timedelta(seconds=30)
