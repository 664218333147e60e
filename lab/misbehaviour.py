"""How the providers misbehave when they are told to: the faults that real ones have, one switch each."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from aiohttp import web


class Answers(StrEnum):
    """How a provider answers the product. `CUT` drops the line before the message is taken, `LOST` after."""

    NORMAL = "normal"
    ERROR = "error"
    HTML = "html"
    BUSY = "busy"
    SLOW = "slow"
    CUT = "cut"
    LOST = "lost"


class Receipts(StrEnum):
    """When and how often a provider reports. `EARLY` is before its own answer, `SWAPPED` holds back every other one."""

    NORMAL = "normal"
    EARLY = "early"
    LATE = "late"
    TWICE = "twice"
    SWAPPED = "swapped"
    FAILED = "failed"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Manner:
    """The manner of one provider. `thrice`: everything is delivered three times at once, whatever the answer."""

    answers: Answers = Answers.NORMAL
    receipts: Receipts = Receipts.NORMAL
    thrice: bool = False
    seconds: float = 8.0
    failure_code: str = "MK:0001"


class Manners:
    """Every provider's manner: good, until told otherwise."""

    def __init__(self, providers: Iterable[str]) -> None:
        self._manners = {provider: Manner() for provider in providers}

    def __getitem__(self, provider: str) -> Manner:
        return self._manners[provider]

    def change(self, provider: str, **changes: object) -> None:
        """Change some switches; raises KeyError, TypeError or ValueError for what does not exist."""
        read: dict[str, Any] = {name: _READ.get(name, _as_it_is)(value) for name, value in changes.items()}
        self._manners[provider] = replace(self._manners[provider], **read)

    def all(self) -> dict[str, Manner]:
        """The manners by provider."""
        return dict(self._manners)


Take = Callable[[], Awaitable[web.Response]]


async def answer(request: web.Request, manner: Manner, take: Take) -> web.StreamResponse:
    """Answer in this manner. `take` is the proper answer, with all that it changes."""
    match manner.answers:
        case Answers.ERROR:
            return web.Response(status=500, text="Internal Server Error")
        case Answers.HTML:
            return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
        case Answers.SLOW:
            await asyncio.sleep(manner.seconds)
            return await take()
        case Answers.CUT:
            return _hang_up(request, web.Response())
        case Answers.LOST:
            return await _half(request, await take())
        case _:
            return await take()


async def _half(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send the head and half of the body, then hang up."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    part = web.StreamResponse(status=whole.status, headers={"Content-Length": str(len(body))})
    await part.prepare(request)
    await part.write(body[: len(body) // 2])
    return _hang_up(request, part)


def _hang_up(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return response


def _as_it_is(value: object) -> object:
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("thrice is true or false")
    return value


_READ: dict[str, Callable[..., object]] = {
    "answers": Answers,
    "receipts": Receipts,
    "thrice": _truth,
    "seconds": float,
    "failure_code": str,
}
