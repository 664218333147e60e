"""Set-up of who can take what: skills of people, how queues choose, what conversations weigh."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from aiohttp import web

from channels.registry import CHANNELS
from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import QueueId, UserId
from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from routing.team import Strategy
from storage import people, queues, skills, weights
from storage.weights import Weights

HOME = "/setup/abilities"

STRATEGIES = {
    Strategy.BALANCED: "Balanced: the lowest load, then the fewest that day",
    Strategy.ROUND_ROBIN: "In turn",
    Strategy.SKILL_FIRST: "The best skilled",
    Strategy.LONGEST_IDLE: "The longest idle",
}

LEVELS = range(1, 10)

SHARES = {1: "¼", 2: "½", 3: "¾", 4: "1", 8: "2", 12: "3", 16: "4"}
"""What a conversation may weigh, by quarters of an ordinary one."""

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def shown(request: web.Request) -> web.StreamResponse:
    """Everybody's skills, every queue's strategy, every weight."""
    read = request.app[SERVICES].database.read
    found = await read(weights.read)
    context = {
        "people": [user for user in await read(people.listed) if user.enabled],
        "queues": await read(queues.listed),
        "strategies": STRATEGIES,
        "kinds": {kind: channel.title for kind, channel in CHANNELS.items()},
        "weight_of": lambda kind: found.of(kind, ""),
        "categories": ", ".join(f"{name} {weight / ORDINARY_WEIGHT:g}" for name, weight in found.categories.items()),
        "shares": SHARES,
        "home": HOME,
    }
    return page(request, "abilities.html", context)


@routes.post(HOME + "/people/{id}")
@require(Role.ADMIN)
async def set_skills(request: web.Request) -> web.StreamResponse:
    """Say what somebody is skilled in."""
    services = request.app[SERVICES]
    levels = _pairs((await form_of(request)).get("skills", ""), _level)
    user_id = UserId(request.match_info["id"])
    if await services.database.read(people.get, user_id) is None:
        raise Refused("This person does not exist.")
    await services.database.write(skills.write, user_id, levels, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/queues/{id}")
@require(Role.ADMIN)
async def set_strategy(request: web.Request) -> web.StreamResponse:
    """Say how a queue chooses among its agents."""
    services = request.app[SERVICES]
    strategy = (await form_of(request)).get("strategy", "")
    if strategy not in set(Strategy):
        raise Refused("Choose how this queue chooses.")
    queue_id, values = QueueId(request.match_info["id"]), {"strategy": strategy}
    await services.database.write(queues.change, queue_id, values, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/weights")
@require(Role.ADMIN)
async def set_weights(request: web.Request) -> web.StreamResponse:
    """Say what conversations take of a capacity."""
    services = request.app[SERVICES]
    form = await form_of(request)
    channels = {kind: _share(form[f"channel-{kind}"]) for kind in CHANNELS if f"channel-{kind}" in form}
    chosen = Weights(channels, _pairs(form.get("categories", ""), _quarters))
    await services.database.write(weights.write, chosen, services.clock(), user_of(request).id)
    return back_to(HOME)


def _pairs(text: str, read: Callable[[str], int]) -> Mapping[str, int]:
    """Names, each followed by a number: `loans 3, cards 1`. Raises `Refused`."""
    found = {}
    for each in filter(None, (each.strip() for each in text.replace("，", ",").split(","))):
        name, _, number = each.rpartition(" ")
        if not name.strip():
            raise Refused("Write a name and a number, and a comma between two of them.")
        found[name.strip()] = read(number)
    return found


def _level(text: str) -> int:
    if not text.isdecimal() or int(text) not in LEVELS:
        raise Refused("A level is a number from 1 to 9.")
    return int(text)


def _quarters(text: str) -> int:
    try:
        quarters = Decimal(text) * ORDINARY_WEIGHT
    except InvalidOperation:
        raise Refused("A weight is 0.25, 0.5, 0.75, 1, 2, 3 or 4.") from None
    return _share(f"{quarters.normalize():f}")


def _share(text: str) -> int:
    found = {str(weight): weight for weight in SHARES}
    if text not in found:
        raise Refused("A weight is 0.25, 0.5, 0.75, 1, 2, 3 or 4.")
    return found[text]
