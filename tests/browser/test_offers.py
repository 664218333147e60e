"""An offer on the screen: not answered it leads to a break, answered it is one's own."""

from collections.abc import AsyncIterator
from datetime import UTC

import pytest_asyncio
from playwright.async_api import Page, expect

from conversations.clock import utc_now
from routing.router import Router
from runtime.loops import background
from storage import queues
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway

PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest_asyncio.fixture(loop_scope="session")
async def routed(gateway: Gateway) -> AsyncIterator[Gateway]:
    """The gateway with a router that decides."""
    services = gateway.services
    router = Router(services.database, services.feed.follow, services.clock, "here", UTC)
    async with background(router.run):
        yield gateway


async def ready(page: Page) -> None:
    await page.locator(".my-state summary").click()
    await page.locator(".my-state").get_by_role("button", name="Ready").click()


async def test_who_misses_an_offer_is_on_a_break_and_who_accepts_has_the_conversation(
    routed: Gateway, sign_in: SignIn
) -> None:
    ann, tao = await routed.add_user("ann"), await routed.add_user("tao")
    queue_id = await routed.add_queue("贷款", ann, tao)
    await routed.services.database.write(queues.change, queue_id, {"offer_seconds": 2}, utc_now(), "test")
    slow = await sign_in(ann, **PHONE)
    await ready(slow)
    await routed.hear("你好")
    await expect(slow.locator(".duty")).to_contain_text("you did not answer an offer", ignore_case=True)
    await expect(slow.locator(".my-state")).to_contain_text("Missed offer")
    await routed.services.database.write(queues.change, queue_id, {"offer_seconds": 60}, utc_now(), "test")
    quick = await sign_in(tao)
    await ready(quick)
    await expect(quick.locator(".offer")).to_contain_text("For you")
    await quick.keyboard.press("y")
    await expect(quick.locator(".offer")).to_have_count(0)
    await expect(quick.locator(".story").last).to_contain_text("Assigned to Tao")
    await slow.get_by_role("button", name="Go ready").click()
    await expect(slow.locator(".my-state")).to_contain_text("Ready")
    await expect(slow.locator(".duty")).to_have_count(0)
