"""An agent raises a hand; the supervisor sees it within two seconds, whispers, joins, and lowers it."""

import time

from playwright.async_api import expect

from conversations.people import Role
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
