"""A visitor who goes before anybody answered may leave an address, and is asked for it once."""

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from conversations.parts import Text, plain_text
from storage import accounts, mailboxes
from tests.support.webchat_site import Site
from tests.support.widget import begin, open_chat, visit, write

MAIL = {"mailbox": "service@bank.example", "thread_secret": "thread-secret-of-tests", "smtp_host": "127.0.0.1"}
ASKED = "留下邮箱，您离开后，我们的答复会发给您。"


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def mail(site: Site) -> None:
    """An account that answers can go out by."""
    account, services = Account(id=AccountId("mail"), kind="email", name="客服邮箱", settings=MAIL), site.services
    await services.database.write(accounts.add, services.vault, account, utc_now(), "test")
    await services.accounts.load()


async def staffed(page: Page, *, value: bool = True) -> None:
    """As if somebody were there, or nobody: the gateway of these tests has no queues."""
    await page.route_web_socket(
        "**/socket",
        lambda socket: socket.connect_to_server().on_message(
            lambda frame: socket.send(str(frame).replace('"staffed":false', f'"staffed":{str(value).lower()}'))
        ),
    )
    await page.reload()


async def test_closing_without_an_answer_asks_once(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await staffed(page)
        await begin(page, "退款到哪了？")
        await expect(page.get_by_label(ASKED)).to_be_hidden()
        await page.keyboard.press("Escape")
        await expect(page.get_by_label(ASKED)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_an_address_that_is_left_is_where_answers_go(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await staffed(page)
        await begin(page, "退款到哪了？")
        await page.get_by_role("button", name="关闭").click()
        await page.get_by_label(ASKED).fill("lilei@example.cn")
        await page.get_by_role("button", name="请发到这个邮箱").click()
        await expect(page.locator(".item.own .bubble").last).to_have_text("邮箱：lilei@example.cn")
        await expect(page.get_by_label(ASKED)).to_be_hidden()
        await page.get_by_role("button", name="关闭").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await page.reload()
        await open_chat(page)
        await write(page, "还在吗")
        await page.get_by_role("button", name="关闭").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
    said = await site.said()
    assert [plain_text(each.parts) for each in said] == ["退款到哪了？", "邮箱：lilei@example.cn", "还在吗"]
    assert await site.services.database.read(mailboxes.is_known, said[0].address)


async def test_when_nobody_is_there_it_is_asked_at_once_and_may_be_declined(site: Site, browser: Browser) -> None:
    async with visit(browser, site, "&language=en") as page:
        await open_chat(page)
        asked = page.get_by_label("Leave an e-mail address")
        site.look()
        await expect(page.locator(".standing")).to_contain_text("Nobody is here right now.")
        await expect(asked).to_be_hidden()
        await page.get_by_placeholder("Write a message").fill("Where is my refund?")
        await page.keyboard.press("Enter")
        await expect(asked).to_be_visible()
        await page.get_by_role("button", name="No, thanks").click()
        await expect(asked).to_be_hidden()
        await page.get_by_role("button", name="Close").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_who_was_answered_is_not_asked(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await site.reply(Text("明天寄出。"))
        await expect(page.locator(".item .bubble").last).to_have_text("明天寄出。")
        await page.get_by_role("button", name="关闭").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_an_address_that_is_none_comes_back(site: Site, browser: Browser) -> None:
    """As from a browser that does not look."""
    async with visit(browser, site) as page:
        await staffed(page)
        await begin(page)
        await page.get_by_role("button", name="关闭").click()
        await page.get_by_label(ASKED).fill("lilei")
        await page.get_by_label(ASKED).evaluate("each => each.form.noValidate = true")
        await page.get_by_role("button", name="请发到这个邮箱").click()
        await expect(page.get_by_role("alert")).to_have_text("请检查您填写的内容。")
        await expect(page.get_by_label(ASKED)).to_have_value("lilei")
