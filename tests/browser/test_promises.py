"""What is promised is asked for, told and found again without a reload: on hold, later, by somebody above."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from conversations.clock import utc_now
from conversations.deadlines import DeadlineKind
from conversations.people import Role
from routing.clocks.keeping import Known, keep
from routing.writing import LEASE
from storage import leases
from tests.browser.conftest import SignIn
from tests.support.eventually import soon
from tests.support.gateway import Gateway

LONDON = "+442079460000"


async def time_passes(gateway: Gateway, time: timedelta) -> None:
    """The router's work on deadlines, so much later."""
    write, now = gateway.services.database.write, utc_now()
    fence = await write(leases.acquire, LEASE, "test", now, now + timedelta(days=1))
    assert fence is not None
    await write(keep, Known(), fence, now + time)


async def open_first(page: Page) -> None:
    """Look at everything that is open, take the first."""
    await page.keyboard.press("3")
    await page.locator(".rows .row-link").first.click()
    await expect(page.locator(".composer")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.get_by_role("button", name="Take")).to_have_count(0)


async def test_after_a_while_on_hold_a_time_is_agreed(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("我的退款呢")
    page = await sign_in(await gateway.add_user("root", Role.ADMIN))
    await open_first(page)
    await page.keyboard.press("h")
    await expect(page.locator(".hold")).to_contain_text("On hold")
    await time_passes(gateway, timedelta(minutes=1, seconds=1))
    await expect(page.locator(".hold.long")).to_contain_text("agree when you will be back")
    await expect(page.locator("#bell .count")).to_have_text("1")
    await expect(page.locator("#bell-says")).to_contain_text(f"Not kept in time: {DeadlineKind.HOLD}")
    await page.locator(".hold").get_by_role("button", name="Agree a time").click()
    await page.get_by_role("button", name="in 1 h").click()
    await page.fill("#about", "refund")
    await page.get_by_role("button", name="Promise it").click()
    await expect(page.locator(".hold")).to_have_count(0)
    await expect(page.locator(".panel")).to_contain_text("refund")
    await page.locator(".panel").get_by_role("button", name="Done").click()
    await expect(page.locator(".panel").get_by_role("button", name="Done")).to_have_count(0)
    await soon(lambda: len(gateway.provider.texts()) == 2, "the customer was told twice")


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_call_back_is_shown_in_the_time_of_the_customer_too(
    gateway: Gateway, sign_in: SignIn, width: int
) -> None:
    conversation_id = await gateway.hear("Hello", LONDON)
    page = await sign_in(await gateway.add_user("root", Role.ADMIN), viewport={"width": width, "height": 800})
    await gateway.hear("Call me back 9:00", LONDON)
    await page.evaluate(f"location.hash = 'open/{conversation_id}/customer'")
    await expect(page.locator(".panel")).to_contain_text(re.compile(r"For the customer it is \w+ 09:00 then"))


async def test_what_is_handed_up_stays_in_the_list_and_the_bell_leads_to_it(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("我要投诉")
    boss = await gateway.add_user("boss", Role.SUPERVISOR)
    page = await sign_in(await gateway.add_user("root", Role.ADMIN))
    above = await sign_in(boss)
    await above.goto(f"{above.url.partition('/#')[0].rstrip('/')}/hours")
    await open_first(page)
    await page.keyboard.press("x")
    for name, words in (("summary", "angry"), ("tried", "a refund"), ("wants", "an apology")):
        await page.fill(f"#{name}", words)
    await page.select_option("#above", label="Boss")
    await page.locator("dialog").get_by_role("button", name="Escalate").click()
    await page.keyboard.press("1")
    await expect(page.locator(".rows .row-link")).to_contain_text("Handed up")
    await expect(above.locator("#bell-says")).to_contain_text("Root hands something up")
    await above.locator("#bell").click()
    await above.locator(".alert-list button").click()
    await expect(above.locator(".message", has_text="an apology")).to_be_visible()
    await expect(above.locator("#bell .count")).to_be_hidden()
