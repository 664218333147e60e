"""`make screenshots`: start the demo, let customers write and an agent answer, and take the pictures of the docs."""

import asyncio
import tempfile
from pathlib import Path

import aiohttp
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.support.chromium import find_chromium
from tests.support.lab_desk import LabDesk
from tests.support.product import Product, demo, sign_in_link

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "a long enough sentence"
QUESTION = "退款 R-1187 什么时候到账？"


async def main() -> None:
    """Take all pictures anew."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="huiliu-") as folder:
        product = demo(Path(folder), HUILIU_SURVEY_DELAY="1s")
        await product.start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
                await _story(product, browser)
                await browser.close()
        finally:
            await product.stop()


async def _story(product: Product, browser: Browser) -> None:
    agent = await _agent(product, browser)
    async with aiohttp.ClientSession() as http:
        lab = LabDesk(http, product.lab_url, product.lab_config)
        await lab.say("wechat", "王建国", text="你们的营业时间是几点到几点？")
        await _answer(agent, "你们的营业时间", "您好，工作日 9:00–18:00，周末 10:00–16:00。")
        await agent.get_by_role("button", name="解决").click()
        await lab.say("email", "Alice", subject="Where is my parcel?", text="Order 1234 has not arrived yet.")
        await lab.say("sms_aliyun", "韩梅梅", text="我要投诉，退款一直没到账")
        visitor = await _visitor(product, browser)
        await _answer(agent, QUESTION, "李雷您好，退款已经提交银行，预计 3 个工作日到账。")
        await visitor.get_by_text("3 个工作日到账").wait_for()
        await lab.say("sms_aliyun", "李雷", text="好的，到账后请给我发条短信。")
        await _answer(agent, "到账后请给我发条短信", "没问题，到账后第一时间短信通知您。")
        await lab.say("wechat", "李雷", image="sample")
    await agent.get_by_text("已送达").first.wait_for()
    await agent.get_by_text("已解决。").wait_for(state="hidden")
    await _picture(agent, "inbox")
    await agent.set_viewport_size(PHONE)
    await _picture(agent, "inbox-phone")
    await _picture(visitor, "webchat")
    customers = await browser.new_page(viewport=DESK, locale="zh-CN")
    await customers.goto(product.lab_url)
    await customers.get_by_text("李雷").first.wait_for()
    await _picture(customers, "lab")
    await agent.set_viewport_size(DESK)
    await agent.goto(f"{product.url}/floor")
    await agent.get_by_text("客户服务").first.wait_for()
    await _picture(agent, "floor")


async def _agent(product: Product, browser: Browser) -> Page:
    page = await browser.new_page(viewport=DESK, locale="zh-CN")
    await page.goto(product.url + sign_in_link(product.output()))
    await page.locator("form button.primary").click()
    for field in await page.locator("input[type=password]").all():
        await field.fill(PASSWORD)
    await page.locator("form button.primary").click()
    await page.get_by_text("已签入").first.click()
    await page.get_by_text("就绪").first.click()
    return page


async def _visitor(product: Product, browser: Browser) -> Page:
    page = await browser.new_page(viewport=PHONE, locale="zh-CN")
    await page.goto(f"{product.url}/webchat/demo?account=demo-webchat&customer=1")
    await page.get_by_role("button").last.click()
    await page.get_by_role("textbox").fill(QUESTION)
    await page.keyboard.press("Enter")
    await page.get_by_text("已送达").wait_for()
    return page


async def _answer(page: Page, words: str, reply: str) -> None:
    await page.get_by_text(words).first.click()
    box = page.locator("textarea")
    await box.fill(reply)
    await box.press("Enter")
    await page.get_by_text(reply).first.wait_for()


async def _picture(page: Page, name: str) -> None:
    # Whatever moves has come to rest by then.
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    asyncio.run(main())
