"""Who is writing, seen from both sides at once: a visitor's page and an agent's screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway, open_gateway
from tests.support.webchat_site import SETTINGS


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    async with open_gateway(tmp_path, redis_url, delivers=True, demo="yes") as gateway:
        await gateway.add_account("chat", "网页", "webchat", **SETTINGS)
        yield gateway


async def open_shop(browser: Browser, gateway: Gateway) -> Page:
    """The demo's shop, where a visitor has said a first word."""
    page = await browser.new_page()
    await page.goto(f"{gateway.url}/webchat/demo?account=chat&language=en")
    await page.get_by_role("button", name="Open the chat").click()
    await page.get_by_role("textbox").fill("Where is my order?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".item.own .meta")).to_contain_text("Delivered")
    return page


async def test_each_sees_the_other_write_and_stop(gateway: Gateway, sign_in: SignIn, browser: Browser) -> None:
    agent = await sign_in(await gateway.add_user("root", Role.ADMIN))
    visitor = await open_shop(browser, gateway)
    await agent.keyboard.press("3")
    await agent.locator(".rows .row-link").first.click()
    await expect(agent.locator(".composer")).to_be_visible()

    await visitor.get_by_role("textbox").press_sequentially("Is anybody there?", delay=250)
    await expect(agent.locator(".writing")).to_contain_text("is writing")
    await agent.locator("#composer").press_sequentially("On its way.")
    await expect(visitor.locator(".typing")).to_have_text("Writing…")

    await visitor.keyboard.press("Enter")
    await expect(agent.locator(".message.theirs").last).to_contain_text("Is anybody there?")
    await expect(agent.locator(".writing")).to_have_text("")
    await agent.locator("#composer").press("Enter")
    await expect(visitor.locator(".item").last).to_contain_text("On its way.")
    await expect(visitor.locator(".typing")).to_be_hidden()
    await expect(agent.locator(".message.own .state")).to_have_text("read")


async def test_a_note_is_nobody_elses_business(gateway: Gateway, sign_in: SignIn, browser: Browser) -> None:
    agent = await sign_in(await gateway.add_user("root", Role.ADMIN))
    await open_shop(browser, gateway)
    asked: list[str] = []
    agent.on("request", lambda request: asked.append(request.url))
    await agent.keyboard.press("3")
    await agent.locator(".rows .row-link").first.click()
    await agent.get_by_role("tab", name="Note").click()
    await agent.locator("#composer").press_sequentially("a difficult customer")
    await agent.keyboard.press("Enter")
    await expect(agent.locator(".message.note")).to_contain_text("a difficult customer")

    assert [url for url in asked if url.endswith("/typing")] == []
