"""A visitor in front of the widget, on the demo's page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

from tests.support.webchat_site import Site

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def demo(site: Site, query: str = "") -> str:
    """The address of the page."""
    return str(site.gateway.server.make_url(f"/webchat/demo?account={site.account}{query}"))


@asynccontextmanager
async def visit(
    browser: Browser, site: Site, query: str = "", width: int = 1280, height: int = 800, zone: str | None = None
) -> AsyncIterator[Page]:
    """The page in a browser of its own; errors on the page are errors of the test."""
    context = await browser.new_context(viewport={"width": width, "height": height}, timezone_id=zone)
    page = await context.new_page()
    # Measured at rest, not while it slides in.
    await page.emulate_media(reduced_motion="reduce")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(demo(site, query))
    yield page
    await context.close()
    assert errors == []


async def open_chat(page: Page) -> None:
    """Press the button."""
    await page.locator("button.launch").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def write(page: Page, text: str) -> None:
    """Say something in Chinese surroundings."""
    await page.get_by_placeholder("请输入").fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, text: str = "one") -> None:
    """Open the chat, and say something that arrives."""
    await open_chat(page)
    await write(page, text)
    await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
