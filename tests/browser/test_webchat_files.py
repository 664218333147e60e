"""Files both ways: limits are told before, progress meanwhile, and pictures are seen after."""

import asyncio

from playwright.async_api import Browser, FilePayload, Page, Route, expect

from conversations.parts import Media, MediaType
from tests.support.webchat_site import Site
from tests.support.widget import PNG, begin, open_chat, visit

PICTURE: FilePayload = {"name": "收据.png", "mimeType": "image/png", "buffer": PNG}
LIMIT = 10 * 1024 * 1024

HAND_OVER = """async ([selector, event, name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const made =
    event === "paste"
      ? new ClipboardEvent(event, { clipboardData: data })
      : new DragEvent(event, { dataTransfer: data, cancelable: true });
  document.body.lastElementChild.shadowRoot.querySelector(selector).dispatchEvent(made);
}"""


async def hand_over(page: Page, selector: str, event: str, name: str) -> None:
    """Paste or drag a picture, as the browser does for a hand."""
    await page.evaluate(HAND_OVER, [selector, event, name, list(PNG)])


async def test_files_are_pasted_and_dropped(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await open_chat(page)
        await hand_over(page, "textarea", "paste", "pasted.png")
        await expect(page.get_by_role("img", name="pasted.png")).to_be_visible()
        await hand_over(page, ".panel", "dragover", "dropped.png")
        await expect(page.locator(".over")).to_have_text("松开即发送，每个文件不超过 10 MB")
        await hand_over(page, ".panel", "drop", "dropped.png")
        await expect(page.locator(".over")).to_be_hidden()
        await expect(page.get_by_role("img", name="dropped.png")).to_be_visible()
        await expect(page.locator(".item.own .meta").last).to_contain_text("已送达")

    parts = [part for message in await site.said() for part in message.parts]
    assert [part.name for part in parts if isinstance(part, Media)] == ["pasted.png", "dropped.png"]


async def test_limits_are_told_before_and_kept_to(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await open_chat(page)
        await expect(page.get_by_role("button", name="发送图片或文件，不超过 10 MB")).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        large: FilePayload = {"name": "large.bin", "mimeType": "", "buffer": bytes(LIMIT + 1)}
        empty: FilePayload = {"name": "empty.txt", "mimeType": "", "buffer": b""}
        await page.locator("input[type=file]").set_input_files(files=[large, empty])
        await expect(page.get_by_role("alert")).to_have_text("large.bin 超过 10 MB，不能发送; empty.txt 是空文件")

    assert asked == []


async def test_an_upload_shows_how_far_it_is_and_can_be_tried_again(site: Site, browser: Browser) -> None:
    may_answer = asyncio.Event()
    answers = [503]

    async def hold(route: Route) -> None:
        await may_answer.wait()
        await (route.fulfill(status=answers.pop()) if answers else route.continue_())

    async with visit(browser, site) as page:
        await open_chat(page)
        await page.route("**/files?*", hold)
        await page.locator("input[type=file]").set_input_files(files=[PICTURE])
        await expect(page.get_by_role("progressbar", name="上传中")).to_be_visible()
        await expect(page.locator(".item.own .meta")).to_contain_text("发送中")
        may_answer.set()
        await expect(page.locator(".item.own .meta")).to_contain_text("未能发送")
        await page.get_by_role("button", name="重试").click()
        await expect(page.get_by_role("img", name="收据.png")).to_be_visible()
        await expect(page.locator(".item.own")).to_have_count(1)


async def test_a_file_that_is_picked_offline_goes_when_the_line_is_back(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        await page.context.set_offline(True)
        await expect(page.locator(".banner")).to_be_visible()
        await page.locator("input[type=file]").set_input_files(files=[PICTURE])
        await expect(page.locator(".item.own .meta").last).to_contain_text("联网后自动发送")
        await page.context.set_offline(False)
        await expect(page.get_by_role("img", name="收据.png")).to_be_visible()
        await expect(page.locator(".item.own .meta").last).to_contain_text("已送达")

    assert len(await site.said()) == 2


async def test_a_picture_of_the_agent_is_seen_large_and_closed_by_a_key(site: Site, browser: Browser) -> None:
    async with visit(browser, site) as page:
        await begin(page)
        digest = await site.services.files.save(PNG)
        await site.reply(Media(MediaType.IMAGE, name="map.png", mime="image/png", size=len(PNG), digest=digest))
        thumbnail = page.locator(".picture")
        await thumbnail.click()
        large = page.get_by_role("dialog", name="map.png")
        await expect(large).to_be_visible()
        async with page.expect_download() as download:
            await large.get_by_role("button", name="下载").click()
        assert (await download.value).suggested_filename == "map.png"
        await page.keyboard.press("Escape")
        await expect(large).to_be_hidden()
        await expect(page.get_by_role("dialog", name="在线客服")).to_be_visible()
        await expect(thumbnail).to_be_focused()
