"""A supervisor in a peak: sees who waits without a reload, and acts on it."""

from urllib.parse import urljoin

import pytest
from playwright.async_api import expect

from conversations.people import AgentState, Role
from gateway import live
from storage import states
from tests.browser.conftest import SignIn
from tests.support.eventually import eventually
from tests.support.gateway import Gateway


async def test_a_supervisor_sees_a_peak_and_acts(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    ann = await gateway.add_user("ann")
    loans = await gateway.add_queue("贷款", ann)
    page = await sign_in(boss)
    await page.get_by_role("link", name="Floor").first.click()
    queue, row = page.locator("[data-queue='贷款']"), page.locator("[data-agent='ann']")
    await expect(queue).to_contain_text("0 / 1")
    conversation_id = await gateway.hear("我的贷款呢？")
    await gateway.services.desk.transfer_to_queue(boss, conversation_id, loans, "loan")
    await expect(queue.locator(".figure").first).to_have_text("In line1")
    await row.get_by_role("button", name="State").click()
    await page.get_by_role("radio", name="Ready").check()
    await page.fill("#reason", "too many are waiting")
    await page.get_by_role("button", name="Set").click()
    await expect(row).to_contain_text("Ready")
    await expect(queue).to_contain_text("1 / 1")
    await gateway.services.desk.transfer_to_agent(boss, conversation_id, ann.id, "hers")
    await expect(row).to_contain_text("1 / 5")
    await row.get_by_role("button", name="Reassign").click()
    await page.select_option("#to", label=boss.name)
    await page.fill("#reason", "she goes home")
    await page.press("#reason", "Enter")
    await expect(page.locator("[data-agent='boss']")).to_contain_text("1 / 5")


@pytest.mark.parametrize("path", ["/floor", "/hours"])
async def test_whoever_has_any_page_open_is_here(
    path: str, gateway: Gateway, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "BEAT", 0.1)
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    page = await sign_in(boss)
    await page.goto(urljoin(page.url, path))
    await gateway.services.presence.choose(boss, AgentState.READY)
    before = (await gateway.services.database.read(states.last_seen))[boss.id]

    async def is_seen_again() -> bool:
        return (await gateway.services.database.read(states.last_seen))[boss.id] > before

    await eventually(is_seen_again, "the page says that somebody is there")


async def test_somebody_on_a_break_is_asked_back_and_comes(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    ann = await gateway.add_user("ann")
    await gateway.add_queue("贷款", ann)
    for state, reason in ((AgentState.READY, ""), (AgentState.BREAK, "rest")):
        await gateway.services.presence.choose(ann, state, reason)
    screen, floor = await sign_in(ann), await sign_in(boss)
    await floor.get_by_role("link", name="Floor").first.click()
    await floor.get_by_role("button", name="Ask back from breaks").click()
    await floor.fill("#reason", "a rush")
    await floor.press("#reason", "Enter")
    queue = floor.locator("[data-queue='贷款']")
    await expect(queue).to_contain_text("Ann …")
    await expect(screen.locator(".duties")).to_contain_text("Please come back from your break: a rush")
    await screen.get_by_role("button", name="I come").click()
    await expect(queue).to_contain_text("Ann ✓")
    await expect(floor.locator("[data-agent='ann']")).to_contain_text("Ready")
    await expect(screen.get_by_role("button", name="I come")).to_have_count(0)


async def test_a_supervisor_takes_some_conversations_and_leaves_the_others(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    ann = await gateway.add_user("ann")
    for number in ("+8613800000001", "+8613800000002", "+8613800000003"):
        conversation_id = await gateway.hear("我的贷款呢？", number)
        await gateway.services.desk.transfer_to_agent(boss, conversation_id, ann.id, "hers")
    page = await sign_in(boss, viewport={"width": 390, "height": 800})
    await page.goto(page.url.split("#")[0] + "floor")
    row = page.locator("[data-agent='ann']")
    await row.get_by_role("button", name="Reassign").click()
    await page.get_by_role("checkbox", name="+8613800000002").uncheck()
    await expect(page.locator("dialog h2")).to_contain_text("Take 2 conversations")
    await page.select_option("#to", label=boss.name)
    await page.fill("#reason", "too much for one")
    await page.press("#reason", "Enter")
    await expect(row).to_contain_text("1 / 5")
