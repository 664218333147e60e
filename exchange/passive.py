"""Passive answers: what is said soon enough goes into the answer to the customer's own request.

A reply that is posted while a request is open waits for it (`exchange.outbox`); whoever holds the request takes it from
there. Each redelivery of the request is given the same answer. What was not taken by the end goes the usual way.
"""

import asyncio
from datetime import datetime, timedelta

from channels.contract import Passive, PassiveReplier, WebhookReply, WebhookRequest
from conversations.clock import Clock
from conversations.events import EventKind
from conversations.ids import DeliveryId
from conversations.message import Delivery, DeliveryState, moves_forward
from exchange import receipts
from exchange.accounts import Endpoint
from exchange.feed import Feed
from storage import deliveries, slots
from storage.database import Database, Transaction
from storage.deliveries import Lease
from storage.slots import Answered

REDELIVERIES = timedelta(seconds=15)
"""For so long a provider may come again with the same request; then nobody can know any more."""


class PassiveAnswers:
    """Holds requests open, as long as their provider does."""

    def __init__(self, database: Database, feed: Feed, clock: Clock, holder: str) -> None:
        self._database = database
        self._feed = feed
        self._clock = clock
        self._holder = holder

    async def answer(self, endpoint: Endpoint, request: WebhookRequest, room: Passive) -> Answered | None:
        """Wait for something to say to this request. Returns None when nothing was said in time."""
        ends_at = request.received_at + timedelta(seconds=room.seconds)
        try:
            async with asyncio.timeout((ends_at - self._clock()).total_seconds()):
                return await self._next(endpoint, request, room)
        except TimeoutError:
            return None

    async def written(self, answered: Answered) -> None:
        """The provider has the whole answer."""
        await self._database.write(_accepted, answered.delivery_id, self._clock())

    async def _next(self, endpoint: Endpoint, request: WebhookRequest, room: Passive) -> Answered:
        position = self._feed.position
        answered = await self._take(endpoint, request, room)
        if answered is None:
            async for batch in self._feed.follow(position):
                if any(event.kind is EventKind.MESSAGE_SENT for event in batch):
                    answered = await self._take(endpoint, request, room)
                if answered is not None:
                    break
        assert answered is not None  # noqa: S101  # following ends only by breaking off
        return answered

    async def _take(self, endpoint: Endpoint, request: WebhookRequest, room: Passive) -> Answered | None:
        return await self._database.write(self._fill, endpoint, request, room)

    def _fill(
        self, transaction: Transaction, endpoint: Endpoint, request: WebhookRequest, room: Passive
    ) -> Answered | None:
        known, now = slots.lock(transaction, endpoint.account.id, room.key), self._clock()
        row = None if known else deliveries.first_waiting(transaction, endpoint.account.id, room.address, now)
        if row is None:
            return known
        reply = _reply(endpoint, request, row)
        if reply is None:
            deliveries.change(transaction, row.id, {"due_at": now})
            return None
        lease = Lease(self._holder, now + REDELIVERIES)
        deliveries.move(transaction, [row], DeliveryState.SUBMITTING, now, lease)
        answered = _answered(row.id, reply)
        slots.fill(transaction, endpoint.account.id, room.key, answered)
        return answered


def _reply(endpoint: Endpoint, request: WebhookRequest, row: Delivery) -> WebhookReply | None:
    channel = endpoint.channel
    return channel.passive_reply(request, row.part, row.id) if isinstance(channel, PassiveReplier) else None


def _answered(delivery_id: DeliveryId, reply: WebhookReply) -> Answered:
    return Answered(delivery_id=delivery_id, status=reply.status, content_type=reply.content_type, body=reply.body)


def _accepted(transaction: Transaction, delivery_id: DeliveryId, now: datetime) -> None:
    row = deliveries.hold(transaction, [delivery_id])[delivery_id]
    if moves_forward(row.state, DeliveryState.ACCEPTED):
        deliveries.change(transaction, row.id, {"state": DeliveryState.ACCEPTED, **receipts.free(now)})
        receipts.refold(transaction, row)
        receipts.tell(transaction, row, DeliveryState.ACCEPTED, now, "delivery", "in the answer to a request")
