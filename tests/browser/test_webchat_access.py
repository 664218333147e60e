"""The widget without a mouse, for ears, and on a phone."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Page, Route, expect

from conversations.parts import Media, MediaType, Menu, Option, Text
from tests.support.webchat_site import Site
from tests.support.widget import begin, open_chat, visit

PHOTO = (Path(__file__).parents[2] / "lab" / "pages" / "sample.jpg").read_bytes()

SCORES = ("很不满意", "不满意", "一般", "满意", "非常满意")
SURVEY = Menu("请您评价本次服务", tuple(Option(f"survey-{score}", label) for score, label in enumerate(SCORES, 1)))

FOCUS = """() => {
  const inside = document.activeElement.shadowRoot?.activeElement;
  return inside?.getAttribute("aria-label") ?? document.activeElement.tagName;
}"""

KEYBOARD = """() => {
  const keyboard = Object.assign(new EventTarget(), { height: visualViewport.height, offsetTop: 0 });
  Object.defineProperty(window, "visualViewport", { value: keyboard });
}"""

KEYBOARD_COMES = """() => {
  Object.assign(visualViewport, { height: 500, offsetTop: 40 });
  visualViewport.dispatchEvent(new Event("resize"));
}"""


async def focus(page: Page) -> str:
    """What has the focus, as it is called."""
    return str(await page.evaluate(FOCUS))


async def test_a_score_is_given_with_keys_and_stays_visible(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await site.reply(SURVEY)
        card = page.get_by_role("group", name="请您评价本次服务")
        buttons = card.get_by_role("button")
        await expect(buttons).to_have_text(["1", "2", "3", "4", "5"])
        for box in [await each.bounding_box() for each in await buttons.all()]:
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        await card.get_by_role("button", name="4 满意").focus()
        await page.keyboard.press("Enter")
        await expect(card.locator("[aria-pressed=true]")).to_have_text("4")
        await expect(card.get_by_role("button", name="5 非常满意")).to_be_disabled()
        await expect(page.get_by_placeholder("请输入")).to_be_focused()
        await expect(page.locator(".item.own .bubble").last).to_have_text("满意")


async def test_everything_has_a_name_and_news_are_announced(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await expect(page.get_by_role("log", name="在线客服")).to_have_attribute("aria-live", "polite")
        for name in ("关闭", "发送图片或文件，不超过 10 MB", "发送"):
            await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
        await expect(page.get_by_role("textbox", name="请输入…")).to_have_count(1)
        await expect(page.get_by_role("dialog", name="在线客服")).to_have_attribute("aria-modal", "false")
        assert await page.locator(".root").get_attribute("lang") == "zh-CN"


async def test_focus_can_be_seen_and_escape_goes_back_to_the_button(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        launch = page.locator("button.launch")
        await page.keyboard.press("Shift+Tab")
        await launch.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_placeholder("请输入")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(page.get_by_role("button", name="发送图片或文件")).to_have_css("outline-style", "solid")
        await page.keyboard.press("Escape")
        await expect(launch).to_be_focused()
        await expect(launch).to_have_attribute("aria-expanded", "false")


async def test_on_a_phone_the_focus_stays_inside(site: Site, browser: Browser) -> None:
    async with visit(browser, site, "", 390, 844) as page:
        await open_chat(page)
        await expect(page.get_by_role("dialog")).to_have_attribute("aria-modal", "true")
        await page.get_by_placeholder("请输入").fill("x")
        await page.get_by_role("button", name="关闭").focus()
        seen = [await focus(page)]
        for _ in range(5):
            await page.keyboard.press("Tab")
            seen.append(await focus(page))
        await page.keyboard.press("Shift+Tab")
        assert seen == ["关闭", "在线客服", "发送图片或文件，不超过 10 MB", "请输入…", "发送", "关闭"]
        assert await focus(page) == "发送"


async def test_the_keyboard_of_a_phone_does_not_cover_what_is_written(site: Site, browser: Browser) -> None:
    """A browser for desktops has no such keyboard; the page is told what a phone tells when it comes up."""
    async with visit(browser, site, "", 390, 844) as page:
        await page.add_init_script(f"({KEYBOARD})()")
        await page.reload()
        await open_chat(page)
        await page.evaluate(KEYBOARD_COMES)
        assert await page.get_by_role("dialog").bounding_box() == {"x": 0, "y": 40, "width": 390, "height": 500}
        box = await page.get_by_placeholder("请输入").bounding_box()
        assert box is not None
        assert 40 < box["y"] < box["y"] + box["height"] <= 540


async def test_a_picture_that_comes_late_does_not_hide_the_newest_words(site: Site, browser: Browser) -> None:
    may_come = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_come.wait()
        await route.continue_()

    digest = await site.services.files.save(PHOTO)
    async with visit(browser, site) as page:
        await begin(page)
        await page.route("**/files/*", hold)
        photo = Media(MediaType.IMAGE, name="parcel.jpg", mime="image/jpeg", size=len(PHOTO), digest=digest)
        for part in (photo, photo, Text("the newest words")):
            await site.reply(part)
        await expect(page.locator(".item").last).to_contain_text("the newest words")
        may_come.set()
        for image in await page.get_by_role("img", name="parcel.jpg").all():
            await expect(image).to_have_js_property("complete", True)
            await image.evaluate("image => image.decode()")
        await expect(page.locator(".item").last).to_be_in_viewport(ratio=1)


async def test_who_reads_further_up_is_not_moved(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        for number in range(12):
            await site.reply(f"line {number}")
        last = page.locator(".item").last
        await expect(last).to_contain_text("line 11")
        await expect(last).to_be_in_viewport(ratio=1)
        await page.get_by_role("log").hover()
        await page.mouse.wheel(0, -400)
        await expect(last).not_to_be_in_viewport()
        await site.reply("do not move")
        await expect(last).to_contain_text("do not move")
        await expect(last).not_to_be_in_viewport()
