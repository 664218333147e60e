"""After a hard conversation: marked, a moment to cool off taken, and back to work."""

from playwright.async_api import expect

from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


async def test_an_agent_cools_off_after_an_abusive_customer(gateway: Gateway, sign_in: SignIn) -> None:
    boss, ann = await gateway.add_user("boss", Role.SUPERVISOR), await gateway.add_user("ann")
    conversation_id = await gateway.hear("骗子！")
    await gateway.services.desk.transfer_to_agent(boss, conversation_id, ann.id, "hers")
    page, lead = await sign_in(ann), await sign_in(boss)
    await page.locator(".row-link").first.click()
    await page.locator(".deeds details summary").click()
    await page.get_by_role("button", name="Abusive customer").click()
    await page.fill("#word", "threatens me")
    await page.press("#word", "Enter")
    await expect(page.locator(".panel")).to_contain_text("was abusive")
    await expect(page.locator(".duty")).to_contain_text("Take 5 minutes to cool off?")
    await page.get_by_role("button", name="Cool off").click()
    await expect(page.locator(".my-state")).to_contain_text("Cool off")
    await expect(page.locator(".duty")).to_contain_text("You cool off until")
    await expect(lead.locator("body")).to_contain_text("Ann cools off after an abusive customer")
    await page.locator(".duty").get_by_role("button", name="Ready").click()
    await expect(page.locator(".my-state")).to_contain_text("Ready")
    await expect(page.locator(".duty")).to_have_count(0)
