"""An agent raises a hand; the supervisor sees it within two seconds, whispers, joins, and lowers it."""

import asyncio
import time

from playwright.async_api import Route, expect

from conversations.people import Role
from gateway.console.assets import ROOT
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


async def test_a_raised_hand_brings_the_supervisor(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    ann = await gateway.add_user("ann")
    await gateway.add_queue("贷款", ann)
    conversation_id = await gateway.hear("骗子！")
    await gateway.services.desk.transfer_to_agent(boss, conversation_id, ann.id, "hers")
    agent, inbox, floor = await sign_in(ann), await sign_in(boss), await sign_in(boss)
    await floor.goto(floor.url.split("#")[0] + "floor")
    await expect(floor.locator("[data-agent=ann]")).to_be_visible()
    await agent.locator(".row-link").first.click()
    await expect(agent.locator(".composer")).to_be_visible()
    await agent.keyboard.press("u")
    await agent.fill("#word", "he shouts")
    began = time.monotonic()
    await agent.press("#word", "Enter")
    await expect(floor.locator("[data-agent=ann] .hand")).to_contain_text("he shouts")
    assert time.monotonic() - began < 2
    duty = inbox.locator(".duty")
    await expect(duty).to_contain_text("asks for help: he shouts")
    await duty.get_by_role("button", name="I help").click()
    await expect(agent.locator(".duty")).to_contain_text("Boss comes to help")
    await duty.get_by_role("link", name="Open").click()
    await expect(inbox.locator(".composer")).to_be_visible()
    await inbox.keyboard.press("n")
    await inbox.fill("#composer", "offer him a call")
    await inbox.press("#composer", "Enter")
    await expect(agent.locator(".message.note").last).to_contain_text("Whisper")
    await inbox.get_by_role("button", name="Step in").click()
    await expect(inbox.locator("#reason")).to_have_value("he shouts")
    await inbox.press("#reason", "Enter")
    await expect(agent.locator(".story").last).to_contain_text("Boss joined")
    await duty.get_by_role("button", name="Lower").click()
    await expect(agent.locator(".duty")).to_have_count(0)
    await expect(floor.locator(".hand")).to_have_count(0)


async def test_an_answer_that_was_overtaken_changes_nothing(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    ann = await gateway.add_user("ann")
    inbox = await sign_in(boss)
    asked, overtaken, answers = asyncio.Event(), asyncio.Event(), 0

    async def hold_the_first(route: Route) -> None:
        nonlocal answers
        answer = await route.fetch()
        answers += 1
        if answers == 1:
            asked.set()
            await overtaken.wait()
        await route.fulfill(response=answer)

    await inbox.route("**/me/duties", hold_the_first)
    hand = await gateway.services.help.raise_hand(ann, "he shouts")
    await asked.wait()
    async with inbox.expect_response("**/me/duties") as later:
        await gateway.services.help.lower(boss, hand.id)
    await (await later.value).finished()
    async with inbox.expect_response("**/me/duties") as earlier:
        overtaken.set()
    await (await earlier.value).finished()
    await inbox.evaluate("() => fetch('/api/v1/me').then((answer) => answer.text())")
    assert await inbox.locator(".duty").count() == 0


AFTER_ANOTHER_DATABASE = """async (root) => {
  const store = await import(`${root}/store.js`);
  const duties = { ...store.state.duties, offers: [], hands: [] };
  store.setDuties({ ...duties, cursor: 10_000_000 });
  store.forget();
  store.setDuties({ ...duties, cursor: 1 });
  return store.state.duties.cursor;
}"""


async def test_after_a_restored_database_answers_count_again(gateway: Gateway, sign_in: SignIn) -> None:
    """Its cursors begin lower than what the screen has seen; the line says so, and the screen begins anew."""
    inbox = await sign_in(await gateway.add_user("boss", Role.SUPERVISOR))
    assert await inbox.evaluate(AFTER_ANOTHER_DATABASE, ROOT) == 1
