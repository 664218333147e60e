"""The rules that lead conversations into queues: read, tried, saved as a whole, and every version that was."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from channels.registry import CHANNELS
from conversations.ids import RuleId, new_id
from conversations.people import Role
from desk.errors import NotFound
from desk.rules import Hearing, RulesWrong, nobody
from exchange.accounts import AccountBook
from gateway.api.codec import Json, dump, json_response, object_of, objects_of, read_json, text_of
from gateway.api.problems import problem
from gateway.auth import require, user_of
from gateway.keys import SERVICES
from routing.rulebook.actions import ACTIONS
from routing.rulebook.conditions import CONDITIONS
from routing.rulebook.differences import differences
from routing.rulebook.problems import Problem
from routing.rulebook.rules import word_lists
from routing.rulebook.trial import Trial
from storage import calendars, contacts, conversations, people, queues, rules
from storage.database import Connection
from storage.rules import RuleBook, RuleRow, RulesChanged

PAGE = 50

LINES = "application/x-ndjson"

routes = web.RouteTableDef()


@routes.get("/api/v1/rules")
@require(Role.SUPERVISOR)
async def current(request: web.Request) -> web.Response:
    """The rules in force, what is wrong with them, and what there is to choose from."""
    services = request.app[SERVICES]
    book = await services.database.read(rules.current)
    problems = await services.rules.problems(book)
    choices = await services.database.read(_choices, services.accounts)
    return json_response({**_book(book), "problems": list(map(_problem, problems)), "choices": choices})


@routes.put("/api/v1/rules")
@require(Role.SUPERVISOR)
async def save(request: web.Request) -> web.Response:
    """Put `rules` and `words` into force in place of version `number`, with a `reason`.

    409 when that is not the version in force any more; 422 with all `problems` when they cannot be used.
    """
    content = await read_json(request)
    services = request.app[SERVICES]
    try:
        saved = await services.rules.save(user_of(request), _read_book(content), text_of(content, "reason"))
    except RulesChanged:
        return problem(409, "Somebody else saved the rules meanwhile. Look at their version; yours is still here.")
    except RulesWrong as wrong:
        return problem(422, "The rules cannot be saved yet.", problems=list(map(_problem, wrong.problems)))
    return json_response(_book(saved))


@routes.post("/api/v1/rules/trial")
@require(Role.SUPERVISOR)
async def try_out(request: web.Request) -> web.StreamResponse:
    """What `rules` and `words` would have done with the latest 1,000 conversations, beside those in force.

    Who accepts `application/x-ndjson` is sent lines: how many are `tried` of how many, and the result as the last one.
    """
    book = _read_book(await read_json(request))
    if LINES not in request.headers.get("Accept", ""):
        return json_response(await _tried(request, book, nobody))
    lines = web.StreamResponse(headers={"Content-Type": LINES})
    await lines.prepare(request)

    async def tell(tried: int, of: int) -> None:
        await lines.write(dump({"tried": tried, "of": of}) + b"\n")

    await lines.write(dump(await _tried(request, book, tell)) + b"\n")
    return lines


async def _tried(request: web.Request, book: RuleBook, hear: Hearing) -> Json:
    services = request.app[SERVICES]
    trial = await services.rules.try_out(book, hear)
    examples = await services.database.read(_examples, trial)
    problems = await services.rules.problems(book)
    return {**_trial(trial, examples), "problems": list(map(_problem, problems))}


@routes.get("/api/v1/rules/versions")
@require(Role.SUPERVISOR)
async def versions(request: web.Request) -> web.Response:
    """Who changed the rules when and why, the newest first; `before` is the last number of the page above."""
    before = request.query.get("before", "")
    content = await request.app[SERVICES].database.read(_versions, _number(before) if before else None)
    return json_response(content)


@routes.get("/api/v1/rules/versions/{number}")
@require(Role.SUPERVISOR)
async def version(request: web.Request) -> web.Response:
    """One version as it was saved, and its `differences` from the one before it, or from version `against`."""
    number = _number(request.match_info["number"])
    against = _number(request.query.get("against", str(number - 1)))
    return json_response(await request.app[SERVICES].database.read(_version, number, against))


def _read_book(content: dict[str, Any]) -> RuleBook:
    """The list in a request. Raises 400 for what has not even the form of one."""
    rows = tuple(map(_read_row, objects_of(content, "rules")))
    words = object_of(content, "words") if "words" in content else {}
    if not all(isinstance(each, list) and all(isinstance(word, str) for word in each) for each in words.values()):
        raise web.HTTPBadRequest(reason="words must hold lists of texts.")
    number = content.get("number", 0)
    if type(number) is not int:
        raise web.HTTPBadRequest(reason="number must be a whole number.")
    return RuleBook(number=number, rules=rows, words=words)


def _read_row(content: dict[str, Any]) -> RuleRow:
    return RuleRow(
        id=RuleId(text_of(content, "id", "") or new_id()),
        name=text_of(content, "name").strip(),
        conditions=object_of(content, "conditions"),
        actions=object_of(content, "actions"),
    )


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise web.HTTPBadRequest(reason="A version is a number.")
    return int(text)


def _choices(connection: Connection, accounts: AccountBook) -> Json:
    return {
        "queue": {queue.id: queue.name for queue in queues.listed(connection)},
        "account": {each.account.id: each.account.name for each in accounts.listed()},
        "kind": {kind: channel.title for kind, channel in CHANNELS.items()},
        "person": {user.id: user.name for user in people.listed(connection)},
        "calendar": {row.id: row.name for row in calendars.listed(connection)},
        "conditions": {name: {"form": each.form, "of": each.of} for name, each in CONDITIONS.items()},
        "actions": {name: {"form": each.form} for name, each in ACTIONS.items()},
    }


def _version(connection: Connection, number: int, against: int) -> Json:
    found = rules.version(connection, number)
    before = rules.version(connection, against) if against else RuleBook()
    if found is None or before is None:
        raise NotFound("There is no such version.")
    return {
        **_book(found),
        "against": against,
        "differences": [vars(each) for each in differences(before, found)],
    }


def _versions(connection: Connection, before: int | None) -> Json:
    found = rules.versions(connection, before=before, limit=PAGE + 1)
    names: dict[str, str] = {user.id: user.name for user in people.listed(connection)}
    shown = [
        {
            "number": each.number,
            "saved_at": each.saved_at,
            "author": names.get(each.author, each.author),
            "reason": each.reason,
            "rules": len(each.rules),
        }
        for each in found[:PAGE]
    ]
    return {"versions": shown, "next": found[PAGE - 1].number if len(found) > PAGE else None}


def _book(book: RuleBook) -> Json:
    return {
        "number": book.number,
        "saved_at": book.saved_at,
        "reason": book.reason,
        "rules": [vars(row) for row in book.rules],
        "words": word_lists(book),
    }


def _problem(found: Problem) -> Json:
    return {**vars(found), "text": str(found)}


def _trial(trial: Trial, examples: Mapping[str, Json]) -> Json:
    return {
        "tried": trial.tried,
        "moved": trial.moved,
        "changed": trial.changed,
        "hits": trial.hits,
        "moves": [
            {"from": way[0], "to": way[1], "count": count, "examples": [examples[each] for each in trial.examples[way]]}
            for way, count in trial.moves.most_common()
        ],
    }


def _examples(connection: Connection, trial: Trial) -> dict[str, Json]:
    rows = conversations.many(connection, [each for some in trial.examples.values() for each in some])
    names = contacts.many(connection, {row.contact_id for row in rows.values()})
    return {
        row.id: {
            "id": row.id,
            "name": names[row.contact_id].name,
            "preview": row.preview,
            "opened_at": row.opened_at,
            "state": row.state,
        }
        for row in rows.values()
    }
