"""Messages that come in pieces: put together when all are there, or after a while without the rest.

Where nobody says how many pieces there are, as in albums, the message is what came until it was quiet for a moment.
What comes later is a message of its own: the first one is seen by then, and may be answered.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from conversations.address import Address
from conversations.ids import AccountId
from conversations.inbound import InboundMessage
from conversations.parts import Part, Text
from exchange.arrivals import Arrival
from storage import accounts, fragments, provider_events
from storage.database import Connection, Transaction
from storage.fragments import Piece
from storage.provider_events import ProviderEvent

PATIENCE = timedelta(minutes=30)
"""How long the first piece waits for the last one."""

QUIET = timedelta(seconds=2)
"""How long the last piece waits for one more, where nobody knows how many there are."""

GAP = Text("[…]")
"""Stands for pieces that never came."""

Sets = defaultdict[tuple[AccountId, Address, str, int], list[Piece]]
"""Pieces by the message they belong to."""


def completed(
    transaction: Transaction, news: Sequence[tuple[Arrival, InboundMessage]]
) -> list[tuple[Arrival, InboundMessage]]:
    """Keep new pieces. Returns the messages that nothing more can come of: complete ones as a rule."""
    new = [_piece(arrival, message) for arrival, message in news]
    if not new:
        return []
    # Two processes that hold one piece each must not both wait for the other's.
    accounts.hold(transaction, {piece.account_id for piece in new})
    provider_events.add(transaction, [_memory(piece) for piece in new])
    whole = _put_together(_waiting(transaction, new), new)
    done = [piece for pieces in whole for piece in pieces]
    fragments.remove(transaction, [piece for piece in done if piece not in new])
    fragments.add(transaction, [piece for piece in new if piece not in done])
    return [_message(pieces) for pieces in whole]


def late(connection: Connection, now: datetime) -> list[Piece]:
    """Pieces that have waited long enough."""
    return fragments.late(connection, begun=now - PATIENCE, quiet=now - QUIET)


def expired(transaction: Transaction, now: datetime) -> list[tuple[Arrival, InboundMessage]]:
    """Give up waiting for the rest of old messages. Returns what is there of them."""
    accounts.hold(transaction, {piece.account_id for piece in late(transaction.connection, now)})
    # Looked up again: meanwhile another process may have stored them, or one more has come.
    old = sorted(late(transaction.connection, now), key=attrgetter("set_key"))
    fragments.remove(transaction, old)
    return [_message(list(pieces)) for _, pieces in groupby(old, key=attrgetter("set_key"))]


def _put_together(sets: Sets, new: Sequence[Piece]) -> list[list[Piece]]:
    whole = []
    for piece in new:
        # The reference is used again: of the message before, nothing more will come.
        if any(each.number == piece.number for each in sets[piece.set_key]):
            whole.append(sets.pop(piece.set_key))
        sets[piece.set_key].append(piece)
        if len(sets[piece.set_key]) == piece.total:
            whole.append(sets.pop(piece.set_key))
    return whole


def _waiting(transaction: Transaction, new: Sequence[Piece]) -> Sets:
    sets: Sets = defaultdict(list)
    for account_id in {piece.account_id for piece in new}:
        addresses = [piece.address for piece in new if piece.account_id == account_id]
        for piece in fragments.of_addresses(transaction.connection, account_id, addresses):
            sets[piece.set_key].append(piece)
    return sets


def _piece(arrival: Arrival, message: InboundMessage) -> Piece:
    assert message.fragment is not None  # noqa: S101  # that is how the caller chose them
    return Piece(
        account_id=arrival.account_id,
        key=message.key,
        address=message.address,
        reference=message.fragment.reference,
        number=message.fragment.number,
        total=message.fragment.total,
        octets=message.fragment.octets,
        charset=message.fragment.charset,
        parts=message.parts,
        external_id=message.external_id,
        name=message.name,
        language=message.language,
        opens=message.opens,
        occurred_at=message.occurred_at,
        received_at=arrival.received_at,
        trace=arrival.trace,
    )


def _memory(piece: Piece) -> ProviderEvent:
    """A piece that comes again, when its message is long stored, must not be the first of another message."""
    return ProviderEvent(
        account_id=piece.account_id,
        key=piece.key,
        name="fragment",
        address=piece.address,
        raw="",
        occurred_at=piece.occurred_at,
    )


def _message(pieces: list[Piece]) -> tuple[Arrival, InboundMessage]:
    ordered = sorted(pieces, key=attrgetter("number"))
    first, last = ordered[0], max(ordered, key=attrgetter("received_at"))
    message = InboundMessage(
        key=first.key,
        external_id=first.external_id,
        address=first.address,
        parts=_joined(ordered),
        occurred_at=first.occurred_at,
        name=first.name,
        language=first.language,
        opens=first.opens,
    )
    return Arrival(first.account_id, (message,), last.received_at, last.trace), message


def _joined(ordered: Sequence[Piece]) -> tuple[Part, ...]:
    """Words become one text; whatever else there is stays as it is."""
    parts = [part for run in _runs(ordered) for part in _read(run)]
    if all(isinstance(part, Text) for part in parts):
        return (Text("".join(part.text for part in parts if isinstance(part, Text))),)
    return tuple(parts)


def _runs(ordered: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces that follow one another in one charset; nothing where some never came."""
    due = 1
    for _, run in groupby(enumerate(ordered), lambda placed: (placed[1].number - placed[0], placed[1].charset)):
        pieces = [piece for _, piece in run]
        if pieces[0].total and pieces[0].number != due:
            yield []
        yield pieces
        due = pieces[-1].number + 1
    if due <= ordered[-1].total:
        yield []


def _read(run: Sequence[Piece]) -> tuple[Part, ...]:
    """What these say. Bytes are read together: a character may be torn apart between two pieces."""
    if not run:
        return (GAP,)
    charset = run[0].charset
    if not charset:
        return tuple(part for piece in run for part in piece.parts)
    octets = b"".join(piece.octets or b"" for piece in run)
    return (Text(octets.decode(charset, errors="replace").replace("\0", "")),)
