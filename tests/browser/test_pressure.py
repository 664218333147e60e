"""A peak and an outage from the floor: queues are merged and parted, everybody is told, every page shows it."""

from playwright.async_api import expect

from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


async def test_queues_are_merged_and_parted(gateway: Gateway, sign_in: SignIn) -> None:
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    await gateway.add_queue("贷款", await gateway.add_user("ann"))
    await gateway.add_queue("信用卡", await gateway.add_user("bob"))
    page = await sign_in(boss)
    await page.get_by_role("link", name="Floor").first.click()
    loans = page.locator("[data-queue='贷款']")
    await expect(loans).to_contain_text("0 / 1")
    await page.get_by_role("button", name="Merge queues").click()
    dialog = page.get_by_role("dialog")
    for name in ("贷款", "信用卡"):
        await dialog.get_by_role("checkbox", name=name).check()
    await page.select_option("#length", label="2 h")
    await page.fill("#reason", "a peak")
    await dialog.get_by_role("button", name="Merge", exact=True).click()
    await expect(loans).to_contain_text("Merged with 信用卡")
    await expect(loans).to_contain_text("0 / 2")
    await loans.get_by_role("button", name="Unmerge").click()
    await page.fill("#reason", "it is over")
    await page.press("#reason", "Enter")
    await expect(loans).to_contain_text("0 / 1")
    await expect(loans).not_to_contain_text("Merged")


async def test_an_emergency_is_on_every_page_until_it_is_over(gateway: Gateway, sign_in: SignIn) -> None:
    inbox = await sign_in(await gateway.add_user("ann", language="zh-CN"))
    floor = await sign_in(await gateway.add_user("boss", Role.SUPERVISOR))
    await floor.get_by_role("link", name="Floor").first.click()
    await floor.get_by_role("button", name="Emergency announcement").click()
    await floor.get_by_label("What customers are told (中文)").fill("系统故障，请稍候")
    await floor.fill("#reason", "the core is down")
    await floor.get_by_role("button", name="Tell all customers").click()
    await expect(inbox.locator("#emergency")).to_contain_text("系统故障，请稍候")
    await expect(floor.locator("#emergency")).to_contain_text("the core is down")
    await floor.get_by_role("button", name="End the emergency").click()
    await floor.fill("#reason", "it is up")
    await floor.press("#reason", "Enter")
    await expect(inbox.locator("#emergency")).to_be_hidden()
    await expect(floor.get_by_role("button", name="Emergency announcement")).to_be_visible()
