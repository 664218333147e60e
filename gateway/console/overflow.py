"""Set-up of overflow: what is done about each queue, and beyond which pressure."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from aiohttp import web

from conversations.ids import QueueId, StepId, new_id
from conversations.language import LANGUAGES
from conversations.overflow import Remedy, Step, Trigger
from conversations.people import Role
from desk.errors import NotFound, Refused
from gateway import steps
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from routing.rush.pressure import usual_release
from storage import overflow, queues

HOME = "/setup/overflow"

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.SUPERVISOR)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every queue and its steps."""
    steps = await request.app[SERVICES].database.read(overflow.listed)
    return page(request, "overflow.html", await _context(request) | {"steps": steps})


@routes.get(HOME + "/new")
@require(Role.SUPERVISOR)
async def show_new(request: web.Request) -> web.StreamResponse:
    """An empty form for a queue."""
    step = _new(QueueId(request.query.get("queue", "")))
    return page(request, "overflow_step.html", await _context(request) | {"step": step, "is_new": True})


@routes.get(HOME + "/{id}")
@require(Role.SUPERVISOR)
async def show(request: web.Request) -> web.StreamResponse:
    """One step, to be changed."""
    step = await _step(request)
    return page(request, "overflow_step.html", await _context(request) | {"step": step, "is_new": False})


@routes.post(HOME + "/new")
@require(Role.SUPERVISOR)
async def add(request: web.Request) -> web.StreamResponse:
    """Do this from now on."""
    return await _save(request, _new(QueueId("")))


@routes.post(HOME + "/{id}")
@require(Role.SUPERVISOR)
async def save(request: web.Request) -> web.StreamResponse:
    """Do it otherwise; a step that is on goes on until it is over by its new figures."""
    return await _save(request, await _step(request))


@routes.post(HOME + "/{id}/remove")
@require(Role.SUPERVISOR)
async def remove(request: web.Request) -> web.StreamResponse:
    """Do it no longer."""
    step = await _step(request)
    await request.app[SERVICES].overflow.remove(user_of(request), step.id)
    return back_to(HOME)


async def _save(request: web.Request, step: Step) -> web.StreamResponse:
    helpers = frozenset(QueueId(str(each)) for each in (await request.post()).getall("helper", []))
    filled = replace(_filled(step, await form_of(request)), helpers=helpers)
    await request.app[SERVICES].overflow.save(user_of(request), filled)
    return back_to(HOME)


def _new(queue_id: QueueId) -> Step:
    return Step(id=StepId(new_id()), queue_id=queue_id, trigger=Trigger.WAITING, remedy=Remedy.WIDEN)


def _filled(step: Step, form: Mapping[str, str]) -> Step:
    try:
        trigger, remedy = Trigger(form.get("trigger", "")), Remedy(form.get("remedy", ""))
    except ValueError as error:
        raise Refused("Choose when it begins and what is done.") from error
    limit = _number(form, "limit", 0)
    texts = {language: form.get(f"text-{language}", "").strip() for language in LANGUAGES}
    return replace(
        step,
        queue_id=QueueId(form.get("queue", "")),
        trigger=trigger,
        remedy=remedy,
        limit=limit,
        release=_number(form, "release", usual_release(trigger, limit)),
        within=_number(form, "within", 0),
        texts={language: text for language, text in texts.items() if text},
    )


def _number(form: Mapping[str, str], name: str, empty: int) -> int:
    text = form.get(name, "").strip()
    if text and not (text.isdecimal() and len(text) < 10):
        raise Refused("Limits are whole numbers up to 86400.")
    return int(text) if text else empty


async def _step(request: web.Request) -> Step:
    found = await request.app[SERVICES].database.read(overflow.get, StepId(request.match_info["id"]))
    if found is None:
        raise NotFound("This step is gone.")
    return found


async def _context(request: web.Request) -> dict[str, object]:
    language = user_of(request).language
    names = {queue.id: queue.name for queue in await request.app[SERVICES].database.read(queues.listed)}
    return {
        "names": names,
        "triggers": steps.TRIGGERS,
        "remedies": steps.REMEDIES,
        "text_languages": LANGUAGES,
        "begins": partial(steps.when, language=language),
        "ends": partial(steps.until, language=language),
        "does": partial(steps.then, names=names, language=language),
    }
