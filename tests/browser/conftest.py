"""A real browser in front of a real gateway. What the browser complains about fails the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from conversations.people import User
from tests.support.gateway import PASSWORD, Gateway, open_gateway
from tests.support.webchat_site import Site, running_gateway
from tests.support.wire import Wire, wire_to

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SCREENSHOTS = Path("build/screenshots")

SignIn = Callable[..., Awaitable[Page]]

# Two cores may be busy with other tests; the line comes back within seconds.
expect.set_options(timeout=20_000)

_REPORT = pytest.StashKey[pytest.TestReport]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser serves all tests here, so they share its event loop."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know how the test went."""
    outcome = yield
    item.stash[_REPORT] = outcome.get_result()


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """A gateway with one account, in which what is sent is really delivered."""
    async with open_gateway(tmp_path, redis_url, delivers=True) as gateway:
        await gateway.add_account(name="热线短信")
        yield gateway


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, redis_url: str) -> AsyncIterator[Site]:
    """A gateway with a web chat, and the demo's page to open it on."""
    async with running_gateway(tmp_path, redis_url, HUILIU_DEMO="yes") as gateway:
        yield await gateway.open_site()


@pytest_asyncio.fixture(loop_scope="session")
async def wire(gateway: Gateway) -> AsyncIterator[Wire]:
    """What is between the browser and the gateway."""
    async with wire_to(gateway.services.settings.port) as wire:
        yield wire


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(_browser: Browser) -> AsyncIterator[Browser]:
    """The browser. Asked for after the gateway, its windows close before it: no page knocks at a door that is going."""
    yield _browser
    for context in _browser.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def sign_in(wire: Wire, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[SignIn]:
    """Open the inbox as a person; `complaints` may be left alone where the network is cut on purpose."""
    pages: list[Page] = []
    complaints: list[str] = []

    async def open_inbox(user: User, **options: Any) -> Page:
        context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: complaints.extend(_complaint(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        pages.append(page)
        await page.goto(f"http://127.0.0.1:{wire.port}/")
        await page.fill("#login", user.login)
        await page.fill("#password", PASSWORD)
        await page.click("button.primary")
        await page.wait_for_selector(".lists .rows:not([aria-busy]), .lists .hollow")
        return page

    yield open_inbox
    if request.node.stash[_REPORT].failed:
        for number, page in enumerate(pages):
            await page.screenshot(path=_screenshots() / f"{request.node.name}-{number}.png")
    assert complaints == []


def _screenshots() -> Path:
    """Where pictures of failed tests are."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS


def _complaint(message: ConsoleMessage) -> list[str]:
    """Errors and warnings, but for requests that a cut wire loses or that make no sense any more."""
    is_lost = any(each in message.text for each in ("ERR_", "WebSocket", "409 (Conflict)"))
    return [message.text] if message.type in ("error", "warning") and not is_lost else []
