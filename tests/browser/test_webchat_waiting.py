"""Before and while visitors wait: what they are asked, where they stand, what is unread, what leaves their browser."""

import re

import pytest
from playwright.async_api import Browser, Route, expect

from conversations.clock import utc_now
from conversations.conversation import ConversationState
from conversations.parts import Text
from conversations.people import AgentState
from storage import conversations, deadlines, people, queues, states
from tests.support.builders import a_user
from tests.support.served import serve_three
from tests.support.webchat_site import Site
from tests.support.widget import begin, demo, open_chat, visit, write

TERMS = "https://bank.example/privacy"


async def test_the_form_comes_before_the_first_message(site: Site, browser: Browser) -> None:
    asked = await site.gateway.open_site(prechat="required", prechat_fields="name,email,phone,question", consent=TERMS)
    async with visit(browser, asked, "&language=en") as page:
        await open_chat(page)
        await expect(page.get_by_label("Name")).to_be_focused()
        await expect(page.get_by_placeholder("Write a message")).to_be_hidden()
        await page.get_by_role("button", name="Start the chat").click()
        assert await page.locator("form.ask :invalid").count() == 5
        await page.get_by_label("Name").fill("Li Lei")
        await page.get_by_role("textbox", name="E-mail", exact=True).fill("lilei@example.com")
        await page.get_by_label("Phone").fill("(((((")
        await page.get_by_label("Your question").fill("Where is my refund?")
        await page.get_by_role("checkbox").check()
        await expect(page.locator(".agree a")).to_have_attribute("href", TERMS)
        await page.get_by_role("button", name="Start the chat").click()
        await expect(page.get_by_role("alert")).to_have_text("Please check what you filled in.")
        await page.get_by_label("Phone").fill("+8613800138000")
        await page.get_by_role("button", name="Start the chat").click()
        await expect(page.locator(".item.own .meta")).to_contain_text("Delivered")
        await expect(page.get_by_placeholder("Write a message")).to_be_focused()
        await page.reload()
        await open_chat(page)
        await expect(page.locator(".item.own .bubble")).to_have_count(2)
        await expect(page.get_by_label("Name")).to_be_hidden()

    (message,) = await asked.said()
    assert message.parts[1:] == (Text("Where is my refund?"),)


async def test_a_form_that_is_optional_can_be_left_out(site: Site, browser: Browser) -> None:
    asked = await site.gateway.open_site(prechat="optional")
    async with visit(browser, asked) as page:
        await open_chat(page)
        await page.get_by_role("button", name="跳过").click()
        await write(page, "你好")
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")

    assert [message.parts for message in await asked.said()] == [(Text("你好"),)]


async def test_the_place_in_line_is_shown_and_nobody_is_promised(site: Site, browser: Browser) -> None:
    services = site.services
    agent = a_user(state=AgentState.READY)
    await services.database.write(people.add, agent, "", utc_now(), "test")
    queue_id = await services.database.write(queues.add, "客服", utc_now(), "test")
    await services.database.write(queues.set_members, queue_id, frozenset([agent.id]), utc_now(), "test")
    async with visit(browser, site) as page, visit(browser, site) as other:
        await open_chat(page)
        await expect(page.locator(".standing")).to_have_text("现在没有客服在线。请留言，我们上线后在这里回复您。")
        await begin(other, "first")
        await write(page, "second")
        await expect(page.locator(".standing")).to_contain_text("您的留言已收到")
        first, second = sorted(await site.conversations(), key=lambda each: each.id)
        for each in (first, second):
            change = {"queue_id": queue_id, "state": ConversationState.QUEUED}
            await services.database.write(conversations.change, each.id, change)
        await services.database.write(states.seen, [agent.id], utc_now())
        site.look()
        await expect(page.locator(".standing")).to_have_text("您排在第 2 位，请稍候。")
        await expect(other.locator(".standing")).to_have_text("您是下一位，请稍候。")
        await services.desk.take(site.gateway.agent, first.id)
        await expect(page.locator(".standing")).to_have_text("您是下一位，请稍候。")
        await expect(other.locator(".standing")).to_be_hidden()


async def test_how_long_it_takes_is_shown_as_far_as_it_is_known(site: Site, browser: Browser) -> None:
    """Three were served in the last five minutes, while the line was never empty."""
    services, now = site.services, utc_now()
    agent = a_user(state=AgentState.READY)
    await services.database.write(people.add, agent, "", now, "test")
    queue_id = await services.database.write(queues.add, "客服", now, "test")
    await services.database.write(queues.set_members, queue_id, frozenset([agent.id]), now, "test")
    await services.database.write(states.seen, [agent.id], now)
    await services.database.write(serve_three, queue_id, agent.id, now)
    async with visit(browser, site, "&language=en") as page:
        await open_chat(page)
        await page.get_by_placeholder("Write a message").fill("hello")
        await page.keyboard.press("Enter")
        await expect(page.locator(".item.own .meta")).to_contain_text("Delivered")
        (conversation,) = await site.conversations()
        queued = {"queue_id": queue_id, "state": ConversationState.QUEUED}
        await services.database.write(conversations.change, conversation.id, queued)
        site.look()
        await expect(page.locator(".standing")).to_have_text("You are next, about 2 min to wait.")


@pytest.mark.parametrize("width", [1280, 390])
async def test_there_are_ways_out_of_the_line(site: Site, browser: Browser, width: int) -> None:
    """A visitor asks to be called back, at a time in their zone; another one leaves, and begins anew."""
    services = site.services
    queue_id = await services.database.write(queues.add, "客服", utc_now(), "test")
    async with visit(browser, site, width=width, zone="Europe/London") as page, visit(browser, site) as other:
        await begin(page, "first")
        await begin(other, "second")
        first, second = sorted(await site.conversations(), key=lambda each: each.id)
        for each in (first, second):
            change = {"queue_id": queue_id, "state": ConversationState.QUEUED}
            await services.database.write(conversations.change, each.id, change)
        site.look()
        ways = page.get_by_role("group", name="不再等待")
        await ways.get_by_role("button", name="请回电").click()
        await ways.get_by_label("电话").fill("13800138000")
        await ways.get_by_label("希望的时间").fill("15:30")
        await ways.get_by_role("button", name="请回电").last.click()
        await expect(page.locator(".standing")).to_have_text("我们会尽快回电给您。")
        await expect(page.locator(".item.own .bubble").last).to_have_text("请回电 13800138000 15:30")
        await expect(page.locator(".item .bubble").last).to_contain_text("15:30 前联系您")
        await expect(ways).to_be_hidden()
        (promised,) = await services.database.read(deadlines.of_conversations, [first.id])
        assert promised.time_zone == "Europe/London"
        await other.get_by_role("button", name="取消排队").click()
        await expect(other.locator(".item .bubble").last).to_have_text("您已取消排队。需要时请随时再联系我们。")
        await expect(other.get_by_role("group", name="不再等待")).to_be_hidden()
        await write(other, "third")
        await expect(other.locator(".item.own .meta").last).to_contain_text("已送达")
        found = await services.database.read(conversations.many, [first.id, second.id])
        assert (found[first.id].state, found[second.id].state) == ("queued", "closed")
        assert {each.preview for each in await site.conversations()} == {"first", "third"}


async def test_two_windows_offline_lose_nothing_of_each_other(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        other = await page.context.new_page()
        await other.goto(demo(site))
        await open_chat(other)
        await expect(other.locator(".item.own .bubble")).to_have_text("one")
        for each in (page, other):
            await each.route_web_socket("**/socket", lambda socket: socket.close())
        await site.hang_up()
        for each, text in ((page, "from here"), (other, "from there")):
            await expect(each.locator(".banner")).to_be_visible()
            await write(each, text)
            await expect(each.locator(".item.own .meta").last).to_contain_text("联网后自动发送")
        kept = await page.context.storage_state()

    context = await browser.new_context(storage_state=kept)
    page = await context.new_page()
    await page.goto(demo(site))
    await open_chat(page)
    await expect(page.locator(".item.own .meta").last).to_contain_text("已送达")
    await expect(page.locator(".item.own .bubble")).to_have_text(["one", "from here", "from there"])
    left = await page.evaluate("Object.keys(localStorage).filter((name) => name.includes(':queue:'))")
    await context.close()
    assert left == []
    said = [message.parts for message in await site.said()]
    assert said == [(Text("one"),), (Text("from here"),), (Text("from there"),)]


async def test_the_title_says_that_something_is_unread_and_stays_the_pages_own(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        own = await page.title()
        await begin(page)
        await page.keyboard.press("Escape")
        await site.reply("two")
        await expect(page).to_have_title(f"(1) {own}")
        await page.evaluate("document.title = 'another'")
        await site.reply("three")
        await expect(page).to_have_title("(2) another")
        await open_chat(page)
        await expect(page).to_have_title("another")


@pytest.mark.parametrize(
    ("page_says", "setting_says", "label"),
    [
        ('lang="de"', 'data-language="zh-CN"', "打开在线客服"),
        ('lang="zh-TW"', "", "打开在线客服"),
        ('lang="de"', "", "Open the chat"),
        ("", 'data-language="fr"', "Open the chat"),
    ],
)
async def test_the_language_is_the_settings_then_the_pages_then_the_browsers(
    site: Site, browser: Browser, page_says: str, setting_says: str, label: str
) -> None:
    async def change(route: Route) -> None:
        answer = await route.fetch()
        body = re.sub(r'<html lang="[^"]*"', f"<html {page_says}", await answer.text())
        await route.fulfill(response=answer, body=re.sub(r'data-language="[^"]*"', setting_says, body))

    page = await browser.new_page(locale="en-GB")
    await page.route("**/webchat/demo?*", change)
    await page.goto(demo(site))
    await expect(page.locator("button.launch")).to_have_attribute("aria-label", label)
