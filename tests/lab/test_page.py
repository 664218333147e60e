"""The lab's page in a real browser, used by hand: what the product answered and sent is there without a reload."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage

import aiosmtplib
import pytest
from playwright.async_api import Page, async_playwright, expect

from conversations.ids import new_id
from lab.books import Heard, Option, Said
from tests.lab.product import Lab


@pytest.fixture
async def page(lab: Lab, chromium: str) -> AsyncIterator[Page]:
    """The page on a desk, in Chinese; anything it complains about fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 800})
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(str(lab.http.make_url("/")))
        await page.locator(".device").first.wait_for()
        yield page
        await browser.close()
    assert complaints == []


def heard(
    at: datetime, text: str, *, kind: str = "text", customer: str = "李雷", options: tuple[Option, ...] = ()
) -> Heard:
    """A passive reply: it needs no window."""
    return Heard(
        id=new_id(),
        at=at,
        account="plain",
        customer=customer,
        kind=kind,
        key=new_id(),
        text=text,
        options=options,
        passive=True,
    )


def said(lab: Lab) -> list[tuple[str, str]]:
    return [(entry.kind, entry.text) for entry in lab.world.books if isinstance(entry, Said)]


async def test_a_line_is_typed_and_the_products_answer_stands_below(lab: Lab, page: Page) -> None:
    lab.product.answers = [(503, b"database away"), (200, b"success")]
    await page.locator(".wechat textarea").fill("在吗")
    await page.keyboard.press("Enter")
    await expect(page.locator(".wechat .own .bubble")).to_have_text("在吗")
    await expect(page.locator(".wechat .own .meta")).to_contain_text("200 已接收")
    await expect(page.locator(".wechat .own .meta")).to_contain_text("共投 2 次")
    assert said(lab) == [("text", "在吗")]


async def test_what_wechat_gives_up_is_announced_as_on_a_real_phone(lab: Lab, page: Page) -> None:
    lab.product.answers = [(503, b"")]
    await page.locator(".wechat textarea").fill("在吗")
    await page.keyboard.press("Enter")
    await expect(page.locator(".wechat .notice")).to_have_text("该公众号提供的服务出现故障，请稍后再试")


async def test_a_menu_that_arrives_can_be_tapped(lab: Lab, page: Page) -> None:
    menu = heard(lab.clock(), "满意吗？", kind="msgmenu", options=(Option(id="5", label="满意"),))
    lab.world.books.write(menu)
    await page.locator(".options button", has_text="满意").click()
    await expect(page.locator(".wechat .own .bubble")).to_have_text("满意")
    assert said(lab) == [("choice", "满意")]


async def test_whoever_does_not_follow_cannot_write(lab: Lab, page: Page) -> None:
    await page.get_by_role("button", name="取消关注").click()
    await expect(page.locator(".wechat textarea")).to_be_disabled()
    await page.get_by_role("button", name="关注", exact=True).click()
    await expect(page.locator(".wechat textarea")).to_be_enabled()
    assert [kind for kind, _text in said(lab)] == ["unsubscribe", "subscribe"]


async def test_the_sample_picture_shows_up(lab: Lab, page: Page) -> None:
    await page.get_by_role("button", name="发送示例图片").first.click()
    picture = page.locator(".wechat .own img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 960


async def test_an_sms_is_answered_by_one_digit(lab: Lab, page: Page) -> None:
    lab.product.answers = [(200, b'{"code":0}')]
    await page.locator(".sms .chip", has_text="5").click()
    await expect(page.locator(".sms .own .meta")).to_contain_text("200 已接收")
    assert said(lab) == [("text", "5")]


async def test_a_mail_is_read_and_answered(lab: Lab, page: Page) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "service@bank.example", "lilei@customer.example", "您的账单"
    mail["Message-ID"] = "<1@bank.example>"
    mail.set_content("账单已出。")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=lab.world.config.inbox_port, start_tls=False)
    await page.locator(".mails button", has_text="您的账单").click()
    await page.get_by_role("button", name="回复").click()
    await page.locator(".email textarea").fill("收到")
    await page.locator(".email").get_by_role("button", name="发送", exact=True).click()
    await expect(page.locator(".mails .subject").first).to_have_text("Re: 您的账单")
    assert said(lab) == [("mail", "收到")]


async def test_other_customers_news_is_counted_until_it_is_seen(lab: Lab, page: Page) -> None:
    await expect(page.locator(".empty").first).to_be_visible()
    for _ in range(2):
        lab.world.books.write(heard(lab.clock(), "您好", customer="韩梅梅"))
    person = page.locator(".person", has_text="韩梅梅")
    await expect(person.locator(".badge")).to_have_text("2")
    await person.click()
    await expect(page.locator(".wechat .bubble")).to_have_count(2)
    await expect(page.locator(".people .badge")).to_have_count(0)


async def test_the_drawer_makes_a_provider_misbehave_and_the_button_shows_it(lab: Lab, page: Page) -> None:
    await page.keyboard.press("m")
    await page.locator(".drawer select").first.select_option("lost")
    await expect(page.locator(".tools .faulty")).to_be_visible()
    assert lab.world.manners["wechat"].answers == "lost"
    await page.get_by_role("button", name="全部恢复正常").click()
    await expect(page.locator(".tools .faulty")).to_have_count(0)
    assert lab.world.manners["wechat"].answers == "normal"


async def test_what_is_typed_survives_news(lab: Lab, page: Page) -> None:
    await page.locator(".wechat textarea").fill("写到一半")
    lab.world.books.write(heard(lab.clock(), "您好"))
    await expect(page.locator(".wechat .bubble")).to_have_text("您好")
    await expect(page.locator(".wechat textarea")).to_have_value("写到一半")


async def test_the_keyboard_stays_where_it_was_when_news_comes(lab: Lab, page: Page) -> None:
    lab.world.books.write(heard(lab.clock(), "满意吗？", kind="msgmenu", options=(Option(id="5", label="满意"),)))
    option = page.locator(".options button")
    await option.focus()
    lab.world.books.write(heard(lab.clock(), "还在吗"))
    await expect(page.locator(".wechat .turn")).to_have_count(2)
    await expect(option).to_be_focused()


async def test_markup_in_a_message_is_only_text(lab: Lab, page: Page) -> None:
    lab.world.books.write(heard(lab.clock(), "<img src=x onerror=alert(1)>"))
    await expect(page.locator(".wechat .bubble")).to_have_text("<img src=x onerror=alert(1)>")
    await expect(page.locator(".wechat .thread img")).to_have_count(0)


async def test_the_page_speaks_english_when_asked(lab: Lab, page: Page) -> None:
    await page.get_by_role("button", name="EN").click()
    await expect(page.get_by_role("button", name="Misbehave")).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "en"


async def test_on_a_phone_there_is_one_device_at_a_time(lab: Lab, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".device:visible")).to_have_count(1)
    await page.get_by_role("tab", name="短信").click()
    await expect(page.locator(".device.sms")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_the_phone_of_wecom_opens_the_chat_writes_taps_and_takes_back(lab: Lab, page: Page) -> None:
    lab.product.answers = [(200, b"success")]
    await page.get_by_role("button", name="进入会话").click()
    await expect(page.locator(".wecom .notice")).to_contain_text("已进入会话")
    await page.locator(".wecom textarea").fill("在吗")
    await page.keyboard.press("Enter")
    await expect(page.locator(".wecom .own .bubble")).to_have_text("在吗")
    options = (Option(id="101", label="满意"),)
    lab.world.books.write(replace(heard(lab.clock(), "满意吗？", kind="msgmenu", options=options), account="kf"))
    await page.locator(".wecom .options button").click()
    await expect(page.locator(".wecom .own .bubble").last).to_have_text("满意")
    await page.get_by_role("button", name="撤回上一条").click()
    await expect(page.locator(".wecom .notice").last).to_contain_text("已撤回一条消息")
    assert said(lab) == [("enter_session", ""), ("text", "在吗"), ("choice", "满意"), ("recall", "")]
