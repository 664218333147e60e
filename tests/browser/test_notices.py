"""A supervisor publishes, an agent who goes ready reads it first, with one click each."""

from playwright.async_api import expect

from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


async def test_a_must_read_stands_before_going_ready(gateway: Gateway, sign_in: SignIn) -> None:
    boss, ann = await gateway.add_user("boss", Role.SUPERVISOR), await gateway.add_user("ann")
    agent, lead = await sign_in(ann), await sign_in(boss, viewport={"width": 390, "height": 800})
    await lead.goto(lead.url.split("#")[0] + "notices")
    await lead.fill("#title", "New rates")
    await lead.fill("#text", "From today on: 3 %")
    await lead.get_by_label("Must be read before one goes ready").check()
    await lead.get_by_role("button", name="Publish").click()
    await expect(lead.locator(".card.notice")).to_contain_text("Read by 0, not yet by 2")
    await expect(agent.locator(".duty")).to_contain_text("New notices: New rates")
    await agent.locator(".my-state summary").click()
    await agent.get_by_role("button", name="Ready", exact=True).click()
    await expect(agent.locator("dialog")).to_contain_text("From today on: 3 %")
    await expect(agent.get_by_role("button", name="Go ready")).to_be_disabled()
    await agent.get_by_role("button", name="I have read it").click()
    await agent.get_by_role("button", name="Go ready").click()
    await expect(agent.locator(".my-state")).to_contain_text("Ready")
    await expect(agent.locator(".duty")).to_have_count(0)
    await lead.reload()
    await expect(lead.locator(".card.notice")).to_contain_text("Read by 1, not yet by 1")
