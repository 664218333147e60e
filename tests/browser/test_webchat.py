"""The widget in a real browser: what it shows equals the database, whatever happened to the line."""

from playwright.async_api import Browser, FilePayload, expect

from conversations.parts import Choice, Media, Menu, Option, Text
from routing.rulebook.facts import facts_of
from storage import conversations
from tests.support.webchat_site import Site
from tests.support.widget import PNG, begin, demo, open_chat, visit, write

MENU = Menu("请打分", (Option("5", "满意"), Option("1", "不满意")))

HOSTILE_STYLE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { font-size: 40px !important; color: red !important; display: block !important }");
  document.adoptedStyleSheets = [sheet];
}"""


async def test_a_conversation_from_the_first_word_to_the_score(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await open_chat(page)
        await write(page, "退款到哪了？")
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
        await site.reply("今天到账。")
        await expect(page.locator(".item").last).to_contain_text("今天到账。")
        await expect(page.locator(".item.own .meta")).to_contain_text("已读")
        await site.reply(MENU)
        await page.get_by_role("button", name="满意", exact=True).click()
        await expect(page.locator(".card button[aria-pressed=true]")).to_have_text("满意")
        await expect(page.get_by_role("button", name="不满意")).to_be_disabled()
        await expect(page.locator(".item.own .meta").last).to_contain_text("已送达")

    assert [message.parts for message in await site.said()] == [
        (Text("退款到哪了？"),),
        (Text("今天到账。"),),
        (MENU,),
        (Choice("5", "满意"),),
    ]


async def test_what_is_said_while_the_line_is_down_appears_by_itself(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await site.hang_up()
        await site.reply("two")

        await expect(page.locator(".item")).to_have_count(3, timeout=15_000)
        await expect(page.locator(".item").last).to_contain_text("two")
        await expect(page.locator(".banner")).to_be_hidden()


async def test_what_is_written_offline_is_kept_over_a_reload_and_sent_once(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await page.route_web_socket("**/socket", lambda socket: socket.close())
        await site.hang_up()
        await expect(page.locator(".banner")).to_be_visible()
        await write(page, "two")
        await write(page, "three")
        await expect(page.locator(".item.own .meta").last).to_contain_text("联网后自动发送")
        kept = await page.context.storage_state()

    context = await browser.new_context(storage_state=kept)
    page = await context.new_page()
    await page.goto(demo(site))
    await open_chat(page)
    await expect(page.locator(".item.own .bubble")).to_have_text(["one", "two", "three"])
    await expect(page.locator(".item.own .meta").last).to_contain_text("已送达")
    await context.close()
    assert [message.parts for message in await site.said()] == [(Text("one"),), (Text("two"),), (Text("three"),)]


async def test_unread_messages_are_counted_until_they_are_seen(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await site.reply("two")
        await expect(page.locator(".badge")).to_have_text("1")
        await expect(page.locator("button.launch")).to_have_attribute("aria-label", "打开在线客服, 1 条未读消息")
        await open_chat(page)
        await expect(page.locator(".badge")).to_be_hidden()


async def test_a_picture_is_sent_and_shown_again_after_a_reload(site: Site, browser: Browser) -> None:
    picture: FilePayload = {"name": "收据.png", "mimeType": "image/png", "buffer": PNG}
    async with visit(browser, site) as page:
        await open_chat(page)
        await page.locator("input[type=file]").set_input_files(files=[picture])
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
        await page.reload()
        await open_chat(page)
        image = page.get_by_role("img", name="收据.png")
        await expect(image).to_be_visible()
        assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1

    (message,) = await site.said()
    (part,) = message.parts
    assert isinstance(part, Media)
    assert (part.name, part.mime, part.size) == ("收据.png", "image/png", len(PNG))


async def test_rules_can_know_on_which_page_the_chat_was_opened(site: Site, browser: Browser) -> None:
    async with visit(browser, site, "&campaign=loans") as page:
        await open_chat(page)
        await write(page, "你好")
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
    read = site.services.database.read
    (facts,) = (await read(facts_of, await read(conversations.latest, 10), {})).values()
    assert facts.source == demo(site, "&campaign=loans")


async def test_a_signed_customer_leaves_nothing_behind(site: Site, browser: Browser) -> None:
    async with visit(browser, site, "&customer=lilei") as page:
        await open_chat(page)
        await write(page, "我是李雷")
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
        await page.goto(demo(site))
        await open_chat(page)
        await expect(page.locator(".item")).to_have_count(1)
        await page.goto(demo(site, "&customer=lilei"))
        await open_chat(page)
        await expect(page.locator(".item.own .bubble")).to_have_text("我是李雷")
        stored = await page.evaluate("JSON.stringify(Object.keys(localStorage))")

    assert f"huiliu:{site.account}:10086:token" not in stored


async def test_the_page_and_the_widget_do_not_touch_each_other(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await page.evaluate(HOSTILE_STYLE)
        await page.evaluate("document.addEventListener('keydown', () => { document.title = 'leaked' })")
        await open_chat(page)
        await write(page, "hello")
        bubble = page.locator(".item.own .bubble")

        await expect(bubble).to_have_css("font-size", "14px")
        assert await page.title() != "leaked"


async def test_on_a_phone_the_chat_fills_the_screen(site: Site, browser: Browser) -> None:
    async with visit(browser, site, "&language=en", 320, 640) as page:
        await open_chat(page)
        box = await page.get_by_role("dialog").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.get_by_role("button", name="Close").click()
        await expect(page.get_by_role("button", name="Open the chat")).to_be_focused()


async def test_an_answer_that_holds_markup_is_only_text(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await open_chat(page)
        await write(page, "<img src=x onerror=alert(1)> javascript:alert(1)")
        await expect(page.locator(".item.own .meta")).to_contain_text("已送达")
        await site.reply("<script>alert(1)</script> https://bank.example/a?b=1&c=2。")

        await expect(page.locator(".item").last).to_contain_text("<script>alert(1)</script>")
        await expect(page.locator(".item a")).to_have_attribute("href", "https://bank.example/a?b=1&c=2")
        assert await page.locator(".item img").count() == 0
