"""Steps of overflow are set up on pages by supervisors, and shown on the floor while they are on."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conversations.events import Event, EventKind
from conversations.ids import QueueId
from conversations.overflow import Remedy, Step, Trigger
from conversations.people import Role
from conversations.reasons import Reason, to_translate
from gateway.alerts import in_words
from storage import events, overflow
from tests.support.gateway import Browser, Gateway

HOME = "/setup/overflow"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


async def saved(gateway: Gateway, queue_id: QueueId) -> list[Step]:
    """The steps that somebody made; a new queue has one of its own."""
    steps = await gateway.services.database.read(overflow.listed)
    return [step for step in steps if step.queue_id == queue_id and not step.id.startswith("anybody-")]


async def refusal(browser: Browser, **fields: str) -> str:
    """Why a form is not taken."""
    usual = {"trigger": "waiting", "limit": "10", "remedy": "alert"}
    response = await browser.submit(f"{HOME}/new", **usual | fields)
    assert response.status == 409, await response.text()
    return await response.text()


async def test_a_step_is_made_changed_and_removed(gateway: Gateway) -> None:
    loans, cards = await gateway.add_queue("loans"), await gateway.add_queue("cards")
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        form = {"queue": loans, "trigger": "waiting", "limit": "10", "remedy": "widen", "helper": cards}
        assert (await browser.submit(f"{HOME}/new", **form)).status == 303
        (step,) = await saved(gateway, loans)
        assert (step.trigger, step.limit, step.release) == (Trigger.WAITING, 10, 5)
        assert (step.remedy, step.helpers) == (Remedy.WIDEN, frozenset((cards,)))
        shown = await (await browser.get(HOME)).text()
        assert "More than 10 wait → others help: cards" in shown
        assert (await browser.submit(f"{HOME}/{step.id}", **form | {"limit": "20", "release": "3"})).status == 303
        assert (await saved(gateway, loans))[0] == replace(step, limit=20, release=3)
        assert (await browser.submit(f"{HOME}/{step.id}/remove")).status == 303
        assert await saved(gateway, loans) == []
        assert (await browser.get(f"{HOME}/{step.id}")).status == 404


async def test_a_step_that_makes_no_sense_is_refused(gateway: Gateway) -> None:
    loans = await gateway.add_queue("loans")
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        assert "There is no such queue." in await refusal(browser, queue="nowhere")
        assert "below its limit" in await refusal(browser, queue=loans, limit="10", release="10")
        assert "below its limit" in await refusal(browser, queue=loans, trigger="level", limit="80", within="0")
        assert "whole numbers" in await refusal(browser, queue=loans, limit="ten")
        assert "whose members" in await refusal(browser, queue=loans, remedy="widen", helper=loans)
        assert "are told" in await refusal(browser, queue=loans, remedy="tell")
        assert "when it begins" in await refusal(browser, queue=loans, trigger="never")
        assert "whole numbers" in await refusal(browser, queue=loans, limit="86401")
        assert "1000 characters" in await refusal(browser, queue=loans, remedy="tell", **{"text-en": "a" * 1001})
    assert await saved(gateway, loans) == []


async def test_the_floor_shows_what_is_on(gateway: Gateway) -> None:
    loans = await gateway.add_queue("loans")
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        await browser.submit(f"{HOME}/new", queue=loans, trigger="nobody", remedy="alert")
        assert (await browser.json("/api/v1/floor"))["overflow"] == []
        (step,) = await saved(gateway, loans)
        await gateway.services.database.write(overflow.switch, replace(step, on_since=AT))
        (shown,) = (await browser.json("/api/v1/floor"))["overflow"]
        page = await (await browser.get(HOME)).text()
    assert shown == {
        "id": step.id,
        "queue_id": loans,
        "when": "Somebody waits and nobody is ready",
        "then": "supervisors are alerted",
        "since": "2026-11-22T09:00:00Z",
    }
    assert "on since 17:00:00" in page


def api(queue_id: str) -> str:
    return f"/api/v1/queues/{queue_id}/overflow"


async def stories(gateway: Gateway) -> list[str]:
    """What was said of steps."""
    found = await gateway.services.database.read(events.after, 0)
    return [event.reason for event in found if event.reason.startswith("overflow step")]


async def test_the_api_replaces_the_steps_of_one_queue(gateway: Gateway) -> None:
    """What is not named goes, what has its id stays on, what did not change is not told."""
    loans, cards = await gateway.add_queue("loans"), await gateway.add_queue("cards")
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        (usual,) = (await browser.json(api(loans)))["steps"]
        widen = {"trigger": "waiting", "limit": 10, "remedy": "widen", "helpers": [cards]}
        tell = {"trigger": "level", "limit": 80, "within": 20, "remedy": "tell", "texts": {"en": " Sorry. "}}
        first = (await (await browser.put(api(loans), {"steps": [widen, tell]})).json())["steps"]
        (step, _) = await saved(gateway, loans)
        await gateway.services.database.write(overflow.switch, replace(step, on_since=AT))
        second = await browser.put(api(loans), {"steps": [first[0], {**first[1], "limit": 70}]})
        shown = await browser.json(api(loans))
        told = await stories(gateway)
        other = (await browser.json(api(cards)))["steps"]
    assert (usual["trigger"], usual["remedy"], usual["on_since"]) == ("waited", "anybody", None)
    assert [(each["release"], each["helpers"], each["texts"]) for each in first] == [
        (5, [cards], {}),
        (90, [], {"en": "Sorry."}),
    ]
    assert await second.json() == shown
    assert [(each["id"], each["limit"], each["on_since"]) for each in shown["steps"]] == [
        (first[0]["id"], 10, "2026-11-22T09:00:00Z"),
        (first[1]["id"], 70, None),
    ]
    assert told == ["overflow step removed", *["overflow step saved"] * 3]
    assert len(other) == 1, "the steps of other queues stay"


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [
        ({"limit": 10, "release": 10}, 409, "below its limit"),
        ({"limit": 86401}, 409, "whole numbers"),
        ({"limit": "ten"}, 400, "limit must be a whole number"),
        ({"limit": True}, 400, "limit must be a whole number"),
        ({"trigger": "never"}, 400, "trigger must be one of"),
        ({"remedy": "widen", "helpers": ["nowhere"]}, 409, "whose members"),
        ({"remedy": "tell", "texts": {"xx": "…"}}, 400, "no language xx"),
        ({"id": "gone"}, 404, "gone"),
    ],
)
async def test_the_api_takes_all_steps_or_none(
    gateway: Gateway, step: dict[str, object], status: int, words: str
) -> None:
    loans = await gateway.add_queue("loans")
    sound: dict[str, object] = {"trigger": "waiting", "limit": 10, "remedy": "alert"}
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        before = await browser.json(api(loans))
        answer = await browser.put(api(loans), {"steps": [sound, sound | step]})
        assert (answer.status, words in await answer.text()) == (status, True), await answer.text()
        assert await browser.json(api(loans)) == before


async def test_a_step_stands_in_one_queue_once(gateway: Gateway) -> None:
    loans, cards = await gateway.add_queue("loans"), await gateway.add_queue("cards")
    async with gateway.signed_in(await gateway.add_user("boss", Role.SUPERVISOR)) as browser:
        steps = (await browser.json(api(loans)))["steps"]
        answers = [
            await browser.put(api(loans), {"steps": steps * 2}),
            await browser.put(api(cards), {"steps": steps}),
            await browser.put(api("nowhere"), {"steps": []}),
            await browser.put(api(loans), {}),
            await browser.get(api("nowhere")),
        ]
    assert [each.status for each in answers] == [409, 404, 404, 400, 404]


async def test_agents_set_nothing_up(gateway: Gateway) -> None:
    loans = await gateway.add_queue("loans")
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        assert (await browser.get(api(loans))).status == 403
        assert (await browser.put(api(loans), {"steps": []})).status == 403
        assert (await browser.get(HOME)).status == 403
        assert (await browser.submit(f"{HOME}/new", queue="q")).status == 403


@pytest.mark.parametrize(
    ("language", "words"), [("en", "loans: 12 waiting, limit 10"), ("zh-CN", "loans：12 人等待，上限 10")]
)
def test_the_bell_says_the_figures_in_the_language_of_the_screen(language: str, words: str) -> None:
    reason = Reason("{queue}: {figure} waiting, limit {limit}", queue="loans", figure=12, limit=10)
    event = Event(kind=EventKind.OVERFLOW_BEGAN, at=AT, actor="router", reason=reason, data=to_translate(reason))
    assert in_words(event, language) == words
