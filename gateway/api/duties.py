"""What waits for a person beside their conversations: hand-overs, raised hands, cooling off,
notices to read."""

from datetime import datetime

from aiohttp import web

from conversations.handovers import Handover
from conversations.help import looks_after
from conversations.notices import Notice
from conversations.people import Role, User
from desk.cooling import FRESH
from desk.handovers import fits
from desk.recalls import waiting_for
from exchange.accounts import AccountBook
from gateway.api.codec import Json, json_response
from gateway.api.names import load_names
from gateway.api.people_views import hand_view
from gateway.api.views import conversation_row
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from storage import abuse, events, handovers, hands, holdings, notices, people, shifts
from storage.database import Connection

routes = web.RouteTableDef()


@routes.get("/api/v1/me/duties")
@require(Role.AGENT)
async def duties(request: web.Request) -> web.Response:
    """`handovers`: those that others offer, and one's own, which is `mine`; so `hands` too; unread `notices`.

    `offers`: the conversations that the router offers, as rows; frames have them too.
    `recall` asks to come back from a break.
    `cool_off` is offered. Frames of the live line say when to ask again.
    """
    services = request.app[SERVICES]
    return json_response(await services.database.read(_duties, user_of(request), services.accounts, services.clock()))


def _duties(connection: Connection, user: User, accounts: AccountBook, now: datetime) -> Json:
    offer, minutes = abuse.offered(connection, user.id, now - FRESH), shifts.rules(connection).cool_off_minutes
    # The cursor is read first: a screen that has seen newer news applies them again.
    cursor, for_me = events.head(connection), holdings.offered_to(connection, user.id)
    names = load_names(connection, accounts, [each.contact_id for each in for_me])
    offered = [each for each in handovers.offered(connection) if user.id in (each.from_id, each.to_id)]
    return {
        "cursor": cursor,
        "offers": [conversation_row(each, names) for each in for_me],
        "handovers": [_handover(connection, each, user, accounts) for each in offered],
        "hands": _hands(connection, user),
        "recall": _recall(connection, user),
        "cool_off": None if offer is None else {"conversation_id": offer.conversation_id, "minutes": minutes},
        "notices": [_notice(each) for each in notices.unread(connection, user, now)],
    }


def _recall(connection: Connection, user: User) -> Json | None:
    found = waiting_for(connection, user)
    return None if found is None else {"id": found.id, "reason": found.reason}


def _hands(connection: Connection, user: User) -> list[Json]:
    raised = hands.listed(connection)
    known = people.many(connection, {each for hand in raised for each in (hand.user_id, hand.taken_by) if each})
    return [
        hand_view(hand, known) | {"mine": hand.user_id == user.id}
        for hand in raised
        if hand.user_id == user.id or looks_after(user, known[hand.user_id])
    ]


def _handover(connection: Connection, handover: Handover, user: User, accounts: AccountBook) -> Json:
    found = holdings.with_agent(connection, handover.from_id)
    names = load_names(connection, accounts, [each.contact_id for each in found])
    receiver = people.get(connection, handover.to_id or handover.from_id)
    return {
        "id": handover.id,
        "mine": handover.from_id == user.id,
        "from": names.people.get(handover.from_id),
        "to": names.people.get(handover.to_id or ""),
        "signs_out": handover.signs_out,
        "offered_at": handover.offered_at,
        **vars(handover.briefing),
        "conversations": [conversation_row(each, names) for each in found],
        "fits": receiver is not None and fits(connection, handover, receiver),
    }


def _notice(notice: Notice) -> Json:
    return {
        "id": notice.id,
        "title": notice.title,
        "text": notice.text,
        "must_read": notice.must_read,
        "published_at": notice.published_at,
    }
