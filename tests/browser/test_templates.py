"""A registered template is sent where nothing else may be: chosen by its title, filled in, read before it goes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from conversations.parts import Template
from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway, open_gateway

LISTED = """\
# OPENTM410231234 订单发货通知
您好，您购买的商品已发货。
订单编号：{number}
送达时间：{day}
请保持电话畅通。

# OPENTM2 网点地址
我们在浦东新区世纪大道1号，工作日 9:00 至 17:00。
""".replace("{", "${")

NOTICES = "# N1 签收通知\n您的包裹已签收"

FILLED = "您好，您购买的商品已发货。\n订单编号：A-42\n送达时间：明天\n请保持电话畅通。"


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(tmp_path: Path, redis_url: str) -> AsyncIterator[Gateway]:
    """One account that lists templates and whose provider lets us write only for a while; and one without."""
    async with open_gateway(tmp_path, redis_url, delivers=True) as gateway:
        await gateway.add_account(
            "service", "服务号", windows="yes", templates="yes", registered=LISTED, notices=NOTICES
        )
        await gateway.add_account("bare", "另一个服务号", windows="yes", templates="yes")
        await gateway.add_account()
        yield gateway


async def open_first(page: Page) -> None:
    await page.keyboard.press("3")
    await page.locator(".rows .row-link").first.click()
    await expect(page.locator(".composer")).to_be_visible()


async def test_where_the_window_is_closed_a_template_is_sent(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("我的订单呢？", account="service")
    page = await sign_in(await gateway.add_user("root", Role.ADMIN))
    await open_first(page)
    await page.locator(".composer .window").get_by_role("button", name="Send a template").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator(".offer")).to_have_count(3)
    await expect(dialog.get_by_role("button", name="签收通知")).to_be_disabled()
    await dialog.get_by_role("button", name="订单发货通知").click()
    await expect(dialog.get_by_role("button", name="Send")).to_be_disabled()
    await expect(dialog.locator(".preview")).to_contain_text("订单编号：[number]")
    await dialog.get_by_label("订单编号").fill("A-42")
    await dialog.get_by_label("送达时间").fill("明天")
    await expect(dialog.locator(".preview")).to_have_text(FILLED)
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.own .bubble")).to_contain_text("A-42")
    await expect(page.locator(".message.own .state")).to_have_text("accepted")
    (sent,) = gateway.provider.sent
    assert sent.part == Template(name="OPENTM410231234", words=FILLED, values=(("number", "A-42"), ("day", "明天")))


async def test_keys_alone_do(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("你们在哪？", account="service")
    page = await sign_in(await gateway.add_user("root", Role.ADMIN), viewport={"width": 390, "height": 844})
    await open_first(page)
    await page.keyboard.press("m")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("发货")
    await expect(page.locator(".offer")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("订单编号")).to_be_focused()
    await page.keyboard.type("A-42")
    await page.keyboard.press("Tab")
    await page.keyboard.type("明天")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.own .bubble")).to_contain_text("A-42")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_whoever_listed_none_is_told_where(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("你们在哪？", account="bare")
    page = await sign_in(await gateway.add_user("root", Role.ADMIN))
    await open_first(page)
    await page.locator(".composer .tools").get_by_role("button", name="Send a template").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("No template is listed for 另一个服务号.")
    assert await dialog.get_by_role("link", name="To the settings").get_attribute("href") == (
        "/setup/accounts/bare#templates"
    )


async def test_channels_without_templates_offer_none(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("hello")
    page = await sign_in(await gateway.add_user("root", Role.ADMIN))
    await open_first(page)
    await expect(page.get_by_role("button", name="Attach files")).to_be_visible()
    await expect(page.get_by_role("button", name="Send a template")).to_have_count(0)
    await page.keyboard.press("m")
    await expect(page.get_by_role("dialog")).to_contain_text("This channel knows no templates.")
