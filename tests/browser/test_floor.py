"""A supervisor in a peak: sees who waits without a reload, and acts on it."""

from playwright.async_api import expect

from conversations.people import Role
from tests.browser.conftest import SignIn
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
    await expect(queue.locator(".figure").first).to_have_text("Waiting1")
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
