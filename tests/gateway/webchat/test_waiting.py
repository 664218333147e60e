"""Visitors are told where they stand, and honestly when nobody is there."""

from typing import Any

import pytest

from conversations.clock import utc_now
from conversations.conversation import ConversationState
from conversations.people import AgentState
from storage import conversations, people, queues, states
from tests.support.builders import a_user
from tests.support.webchat_site import Browser, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def standing(browser: Browser, **wanted: Any) -> None:
    """Until the visitor is told this."""
    while await browser.hear("standing") != {"kind": "standing", "minutes": None, "wish": "", **wanted}:
        pass


async def test_a_visitor_moves_up_in_the_line_and_is_told(site: Site) -> None:
    services, now = site.services, utc_now()
    agent = a_user(state=AgentState.READY)
    await services.database.write(people.add, agent, "", now, "test")
    queue_id = await services.database.write(queues.add, f"queue of {site.account}", now, "test")
    async with site.browser() as (first, _), site.browser() as (second, _other):
        await standing(first, position=0, staffed=False)
        for browser in (first, second):
            await browser.say(kind="message", id="message-1", text="hello")
            await browser.hear("committed")
        one, other = sorted(await site.conversations(), key=lambda each: each.id)
        queued = {"queue_id": queue_id, "state": ConversationState.QUEUED}
        for each in (one, other):
            await services.database.write(conversations.change, each.id, queued)
        await services.database.write(queues.set_members, queue_id, frozenset([agent.id]), now, "test")
        await standing(second, position=2, staffed=False)
        await services.database.write(states.seen, [agent.id], utc_now())
        site.look()
        await standing(first, position=1, staffed=True)
        await standing(second, position=2, staffed=True)
        await services.desk.take(site.gateway.agent, one.id)
        await standing(first, position=0, staffed=True)
        await standing(second, position=1, staffed=True)


async def test_who_asks_for_something_else_is_told_on_every_line(site: Site) -> None:
    """Another window of the same visitor shows it too."""
    async with site.browser() as (browser, welcome), site.browser(token=welcome["token"]) as (other, _):
        await browser.say(kind="message", id="message-1", text="hello")
        await browser.hear("committed")
        await browser.say(kind="message", id="message-2", choice={"id": "line-message", "label": "Leave a message"})
        for each in (browser, other):
            while (await each.hear("standing"))["wish"] != "message":
                pass


async def test_who_comes_back_is_told_again(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        await browser.hear("standing")
    async with site.browser(token=welcome["token"]) as (browser, _):
        assert (await browser.hear("standing"))["position"] == 0
