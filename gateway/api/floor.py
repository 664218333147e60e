"""The floor: live figures of queues and agents, and what a supervisor does about them. Every act needs a `reason`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import ConversationId, QueueId, UserId
from conversations.overflow import Step
from conversations.people import AgentState, Role, User
from conversations.shifts import RosterRules
from desk.levels import WITHIN, Levels
from desk.reasons import demanded
from desk.waits import Paces
from exchange.accounts import AccountBook
from gateway.api.codec import Json, choice_of, json_response, read_json, text_of, texts_of
from gateway.api.names import load_names
from gateway.api.people_views import hand_view, person_view
from gateway.api.views import conversation_row
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from gateway.steps import then, when
from routing.rush.reach import effective_members, reach_of
from routing.waits import minutes
from storage import (
    emergency,
    floor,
    handovers,
    hands,
    holdings,
    merges,
    overflow,
    people,
    queues,
    recalls,
    shifts,
    states,
)
from storage.database import Connection
from storage.floor import Burden, Line

ASKED_LATELY = timedelta(hours=1)
"""For how long the floor shows who was asked to come back from a break, and who does."""

routes = web.RouteTableDef()


@routes.get("/api/v1/floor")
@require(Role.SUPERVISOR)
async def figures(request: web.Request) -> web.Response:
    """Who waits, what each agent has, which queues are merged: as it is now. `load` counts as `capacity` does.

    `minutes` is how long who came now would wait, by how the line moved lately, `level` how many percent of
    today's customers got an agent `within` so many seconds; both are null when nothing is known.
    """
    services = request.app[SERVICES]
    paces, levels = await services.paces.take(), await services.levels.take()
    now, read = services.clock(), services.database.read
    found = await read(_figures, paces, levels, user_of(request).language)
    asked = await read(_recalls, now - ASKED_LATELY)
    return json_response({"now": now, "within": WITHIN, **found, "recalls": asked})


@routes.put("/api/v1/agents/{id}/state")
@require(Role.SUPERVISOR)
async def force_state(request: web.Request) -> web.Response:
    """Set a colleague's `state`, with the `reason`."""
    content = await read_json(request)
    wanted, supervision = choice_of(content, "state", AgentState), request.app[SERVICES].supervision
    await supervision.force_state(user_of(request), _agent_id(request), wanted, reason_of(content))
    return json_response({})


@routes.put("/api/v1/agents/{id}/queues")
@require(Role.SUPERVISOR)
async def move(request: web.Request) -> web.Response:
    """Let a colleague work in the queues `queue_ids` and no others, with the `reason`."""
    content = await read_json(request)
    wanted, supervision = map(QueueId, texts_of(content, "queue_ids")), request.app[SERVICES].supervision
    await supervision.move(user_of(request), _agent_id(request), wanted, reason_of(content))
    return json_response({})


@routes.post("/api/v1/agents/{id}/break")
@require(Role.SUPERVISOR)
async def permit_break(request: web.Request) -> web.Response:
    """Let a colleague take one break within 15 minutes, whatever the rules say, with the `reason`."""
    reason = reason_of(await read_json(request))
    await request.app[SERVICES].supervision.permit_break(user_of(request), _agent_id(request), reason)
    return json_response({})


@routes.get("/api/v1/agents/{id}/conversations")
@require(Role.SUPERVISOR)
async def of_agent(request: web.Request) -> web.Response:
    """What a colleague has, the oldest first."""
    services = request.app[SERVICES]
    return json_response(await services.database.read(_of_agent, _agent_id(request), services.accounts))


@routes.post("/api/v1/agents/{id}/clear")
@require(Role.SUPERVISOR)
async def clear(request: web.Request) -> web.Response:
    """Take everything from a colleague, with the `reason`: to `queue_id`, to `user_id`, or back where it came from.

    With `conversation_ids` only these.
    """
    content = await read_json(request)
    only = set(map(ConversationId, texts_of(content, "conversation_ids"))) if "conversation_ids" in content else None
    reason = demanded(reason_of(content))
    moved = await request.app[SERVICES].desk.clear(
        user_of(request),
        _agent_id(request),
        reason,
        only=only,
        queue_id=QueueId(text_of(content, "queue_id", "")) or None,
        to=UserId(text_of(content, "user_id", "")) or None,
    )
    return json_response({"moved": moved})


def _of_agent(connection: Connection, agent_id: UserId, accounts: AccountBook) -> Json:
    found = holdings.with_agent(connection, agent_id)
    names = load_names(connection, accounts, [each.contact_id for each in found])
    return {"conversations": [conversation_row(each, names) for each in found]}


def _figures(connection: Connection, paces: Paces, levels: Levels, language: str) -> Json:
    known = {user.id: user for user in people.listed(connection)}
    agents = {user.id: user for user in known.values() if user.enabled}
    merged, steps, listed = merges.listed(connection), overflow.listed(connection), queues.listed(connection)
    reach = reach_of([each.queue_ids for each in merged], steps)
    members = effective_members({queue.id: queue.members for queue in listed}, reach)
    lines, names = floor.lines(connection), {queue.id: queue.name for queue in listed}
    return {
        "queues": [
            {
                "id": queue.id,
                "name": queue.name,
                **_line(lines.get(queue.id, Line()), paces.get(queue.id)),
                **_staff([agents[each] for each in members[queue.id] if each in agents]),
                "level": levels.get(queue.id),
            }
            for queue in listed
        ],
        "merges": [{**vars(merge), "queue_ids": sorted(merge.queue_ids)} for merge in merged],
        "emergency": emergency.current(connection) is not None,
        "overflow": [_step(step, names, language) for step in steps if step.on_since is not None],
        "agents": _agents(connection, known),
    }


def _recalls(connection: Connection, since: datetime) -> list[Json]:
    """Who was asked to come back from a break since then, with the last answer of each."""
    asked = {(each.queue_id, each.user_id): each for each in recalls.since(connection, since)}
    known = people.many(connection, {each.user_id for each in asked.values()})
    return [{**vars(each), "name": known[each.user_id].name} for each in asked.values()]


def _line(line: Line, pace: timedelta | None) -> Json:
    return {**vars(line), "minutes": minutes(line.waiting + 1, pace)}


def _staff(members: Sequence[User]) -> Json:
    return {"members": len(members), "ready": sum(agent.state in _READY for agent in members)}


_READY = (AgentState.READY, AgentState.BUSY)


def _agents(connection: Connection, known: Mapping[UserId, User]) -> list[Json]:
    burdens, seen, rules = floor.burdens(connection), states.last_seen(connection), shifts.rules(connection)
    leaving = {each.from_id for each in handovers.offered(connection)}
    raised = {hand.user_id: hand_view(hand, known) for hand in hands.listed(connection)}
    return [
        {
            **_agent(agent, burdens.get(agent.id, Burden()), seen, rules),
            "leaving": agent.id in leaving,
            "hand": raised.get(agent.id),
        }
        for agent in known.values()
        if agent.enabled
    ]


def _step(step: Step, names: Mapping[QueueId, str], language: str) -> Json:
    return {
        "id": step.id,
        "queue_id": step.queue_id,
        "when": when(step, language),
        "then": then(step, names, language),
        "since": step.on_since,
    }


def _agent(agent: User, burden: Burden, seen: Mapping[UserId, datetime], rules: RosterRules) -> dict[str, Any]:
    return {
        **person_view(agent),
        **vars(burden),
        "load": burden.weight / ORDINARY_WEIGHT,
        "queue_ids": sorted(agent.queue_ids),
        "seen_at": seen.get(agent.id),
        "break_until": _break_until(agent, rules),
    }


def _break_until(agent: User, rules: RosterRules) -> datetime | None:
    """When somebody has to be back from a break. Cooling off ends by itself, unless they are not at their screen."""
    if agent.state is AgentState.COOL_OFF:
        return agent.state_until
    longest = rules.longest(agent.state_reason) if agent.state is AgentState.BREAK else None
    return agent.state_since + longest if longest else None


def _agent_id(request: web.Request) -> UserId:
    return UserId(request.match_info["id"])


def reason_of(content: dict[str, Any]) -> str:
    """Why somebody does it; empty when they do not say."""
    return text_of(content, "reason", "").strip()[:500]
