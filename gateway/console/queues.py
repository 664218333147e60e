"""Set-up of queues: who works in which, and which rules lead there."""

from collections.abc import Mapping

from aiohttp import web

from channels.registry import CHANNELS
from conversations.ids import QueueId, RuleId, UserId
from conversations.people import Role
from desk.errors import Refused
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from gateway.words import LANGUAGES
from storage import people, queues

HOME = "/setup/queues"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every queue, its members, and the rules in their order."""
    services = request.app[SERVICES]
    read = services.database.read
    found = await read(queues.listed)
    context = {
        "queues": found,
        "queue_names": {queue.id: queue.name for queue in found},
        "people": [user for user in await read(people.listed) if user.enabled],
        "rules": await read(queues.rule_rows),
        "accounts": {each.account.id: each.account.name for each in services.accounts.listed()},
        "kinds": {kind: channel.title for kind, channel in CHANNELS.items()},
        "rule_languages": LANGUAGES,
    }
    return page(request, "queues.html", context)


@routes.post(HOME)
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Make a queue."""
    name = (await form_of(request)).get("name", "").strip()
    if not name:
        raise Refused("A queue needs a name.")
    services = request.app[SERVICES]
    if any(queue.name == name for queue in await services.database.read(queues.listed)):
        raise Refused("There is a queue with this name already.")
    await services.database.write(queues.add, name, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/{id}/members")
@require(Role.ADMIN)
async def set_members(request: web.Request) -> web.StreamResponse:
    """Say who works in a queue."""
    services = request.app[SERVICES]
    known = {user.id for user in await services.database.read(people.listed)}
    chosen = frozenset(UserId(str(each)) for each in (await request.post()).getall("member", []))
    queue_id = QueueId(request.match_info["id"])
    await services.database.write(queues.set_members, queue_id, chosen & known, services.clock(), user_of(request).id)
    return back_to(HOME)


@routes.post(HOME + "/rules")
@require(Role.ADMIN)
async def add_rule(request: web.Request) -> web.StreamResponse:
    """Add a rule behind the others."""
    form = await form_of(request)
    services = request.app[SERVICES]
    queue_id = QueueId(form.get("queue", ""))
    if not form.get("name", "").strip():
        raise Refused("A rule needs a name.")
    if all(queue.id != queue_id for queue in await services.database.read(queues.listed)):
        raise Refused("Choose the queue that this rule leads to.")
    await services.database.write(
        queues.add_rule, form["name"].strip(), _conditions(form), queue_id, services.clock(), user_of(request).id
    )
    return back_to(HOME)


@routes.post(HOME + "/rules/{id}/remove")
@require(Role.ADMIN)
async def remove_rule(request: web.Request) -> web.StreamResponse:
    """Take a rule out of the list."""
    services = request.app[SERVICES]
    rule_id = RuleId(request.match_info["id"])
    await services.database.write(queues.remove_rule, rule_id, services.clock(), user_of(request).id)
    return back_to(HOME)


def _conditions(form: Mapping[str, str]) -> dict[str, object]:
    """What was filled in; words are separated by commas, Chinese ones too."""
    words = [word.strip() for word in form.get("words", "").replace("，", ",").split(",") if word.strip()]
    chosen = {name: [form[name]] for name in ("account", "kind", "language") if form.get(name)}
    return {**chosen, **({"words": words} if words else {})}
