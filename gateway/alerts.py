"""What people have to know at once: in words, on every screen they have open, from the moment it is committed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from conversations.alerts import Alert
from conversations.events import Event, EventKind
from conversations.ids import UserId
from conversations.people import User
from gateway.api.codec import dump
from gateway.words import preview_in, translate
from runtime.services import Services
from storage import alerts, people
from storage.database import Connection

SENTENCES: Mapping[EventKind, tuple[str, str]] = {
    EventKind.DEADLINE_WARNED: ("Soon due: {what}", "deadline"),
    EventKind.DEADLINE_BREACHED: ("Not kept in time: {what}", "deadline"),
    EventKind.BLOCK_ASKED: ("To be blocked, a second person decides: {what}", "reason"),
    EventKind.COOL_OFF_TAKEN: ("{what} cools off after an abusive customer", "name"),
    EventKind.RECALL_ASKED: ("Please come back from your break: {what}", "reason"),
    EventKind.BREAK_PERMITTED: ("You may take a break within 15 minutes: {what}", "reason"),
    EventKind.FAULT_CHANGED: ("Fault of a machine: {what}", "fault"),
    EventKind.FAULT_SETTLED: ("Fault settled: {what}", "fault"),
    EventKind.CONVERSATION_ESCALATED: ("{what} hands something up", "name"),
    EventKind.AGENT_WRAPS_LONG: ("{what} wraps up longer than the norm", "name"),
}
"""What the bell says of a kind of event, and which of its data is `what`. Of any other kind it says the reason."""

_REASON = ("{what}", "reason")

_PLACES: Mapping[EventKind, str] = {EventKind.LOST_TIME_CHANGED: "/hours", EventKind.DEPUTY_NAMED: "/deputies"}
"""Where one looks at what is about no conversation."""

Screens = Mapping[web.WebSocketResponse, UserId]


@dataclass(frozen=True)
class Ringing:
    """Whom a batch of events concerns: who they are, and how much they have not looked at."""

    users: Mapping[UserId, User]
    unread: Mapping[UserId, int]


class Bells:
    """Rings on the screens of this process."""

    def __init__(self, services: Services, screens: Screens) -> None:
        self._database = services.database
        self._feed = services.feed
        self._screens = screens

    async def run(self) -> None:
        """Ring whenever somebody was told something or has looked at it, until cancelled."""
        async for batch in self._feed.follow():
            told = {user for event in batch for user in concerned(event)}
            here = {socket: user for socket, user in self._screens.items() if user in told}
            if here:
                await self._ring(here, batch)

    async def greet(self, socket: web.WebSocketResponse, user_id: UserId) -> None:
        """A screen that opens shows what was told before. Raises `DatabaseUnavailable`."""
        unread = await self._database.read(alerts.unread, [user_id])
        await _tell(socket, unread.get(user_id, 0), [])

    async def _ring(self, here: Screens, batch: Sequence[Event]) -> None:
        ringing = await self._database.read(_ringing, here.values())
        await asyncio.gather(
            *(
                _tell(socket, ringing.unread.get(user, 0), _news(batch, ringing.users[user]))
                for socket, user in here.items()
            )
        )


def concerned(event: Event) -> list[UserId]:
    """Who was told of an event, or has looked at what they were told."""
    reader = [UserId(event.actor)] if event.kind is EventKind.ALERTS_READ else []
    return alerts.told(event) + reader


def in_words(alert: Alert | Event, language: str) -> str:
    """What happened, in one short sentence."""
    sentence, name = SENTENCES.get(alert.kind, _REASON)
    what = _reason(alert, language) if name == "reason" else translate(language, str(alert.data.get(name) or ""))
    return translate(language, sentence, what=what)


def place_of(alert: Alert | Event) -> str:
    """The page that shows what it is about."""
    return f"/#open/{alert.conversation_id}" if alert.conversation_id else _PLACES.get(alert.kind, "/alerts")


def _reason(alert: Alert | Event, language: str) -> str:
    """The reason; one that knows what it was made of (`conversations.reasons`) in this language."""
    sentence, values = str(alert.data.get("sentence", alert.reason)), alert.data.get("values")
    return translate(language, sentence, **values if isinstance(values, dict) else {})


def alert_view(alert: Alert | Event, language: str) -> dict[str, Any]:
    """An alert as JSON."""
    return {
        "kind": alert.kind,
        "at": alert.at,
        "conversation_id": alert.conversation_id,
        "sentence": in_words(alert, language),
        "reason": "" if SENTENCES.get(alert.kind, _REASON)[1] == "reason" else alert.reason,
        "place": place_of(alert),
        "preview": preview_in(language, str(alert.data.get("preview") or "")),
    }


def _ringing(connection: Connection, ids: Iterable[UserId]) -> Ringing:
    return Ringing(people.many(connection, ids), alerts.unread(connection, ids))


def _news(batch: Sequence[Event], user: User) -> list[dict[str, Any]]:
    return [alert_view(event, user.language) for event in batch if user.id in alerts.told(event)]


async def _tell(socket: web.WebSocketResponse, unread: int, news: list[dict[str, Any]]) -> None:
    # A screen that is gone or slow must not keep this from the others.
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(1):
            await socket.send_str(dump({"alerts": {"unread": unread, "news": news}}).decode())
