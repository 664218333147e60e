"""An agent sees how many short messages a text makes before it is sent, since each of them is charged."""

import pytest
from playwright.async_api import expect

from channels.contract import Parsed, WebhookRequest
from conversations.address import phone_address
from conversations.clock import utc_now
from conversations.ids import AccountId
from conversations.inbound import InboundMessage
from conversations.parts import Text
from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway

ALIYUN = {
    "access_key_id": "LTAI",
    "access_key_secret": "the-access-key-secret",
    "sign_name": "汇流",
    "template_code": "SMS_1",
    "template_variable": "content",
    "callback_secret": "the-callback-secret",
    "api_url": "http://127.0.0.1:9",
}


async def a_customer_texts(gateway: Gateway) -> None:
    await gateway.add_account("aliyun", "阿里云短信", "sms_aliyun", **ALIYUN)
    now = utc_now()
    said = InboundMessage(key="1", address=phone_address("+8613800000001"), parts=(Text("在吗"),), occurred_at=now)
    request = WebhookRequest(method="POST", url="", body=b"", received_at=now)
    await gateway.services.intake.accept(AccountId("aliyun"), request, Parsed((said,)), trace="trace")


@pytest.mark.parametrize(
    ("language", "width", "one", "two"),
    [("en", 1280, "1 short message", "2 short messages"), ("zh-CN", 390, "1 条短信", "2 条短信")],
)
async def test_the_composer_counts_with_the_signature(
    language: str, width: int, one: str, two: str, gateway: Gateway, sign_in: SignIn
) -> None:
    """【汇流】 takes 4 of the 70 units of one message."""
    await a_customer_texts(gateway)
    agent = await sign_in(await gateway.add_user("root", Role.ADMIN, language=language))
    await agent.keyboard.press("3")
    await agent.locator(".rows .row-link").first.click()
    await agent.set_viewport_size({"width": width, "height": 800})
    count = agent.locator(".composer .segments")
    await agent.locator("#composer").fill("字" * 66)
    await expect(count).to_have_text(one)
    await agent.locator("#composer").fill("字" * 67)
    await expect(count).to_have_text(two)
    box, send = await count.bounding_box(), await agent.locator(".composer .primary").bounding_box()
    assert box is not None
    assert send is not None
    assert box["x"] + box["width"] <= send["x"]
    assert send["x"] + send["width"] <= width
    await agent.locator(".modes").get_by_role("tab").last.click()
    await expect(count).to_have_count(0)


async def test_elsewhere_nothing_is_counted(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("你好")
    agent = await sign_in(await gateway.add_user("root", Role.ADMIN))
    asked: list[str] = []
    agent.on("request", lambda request: asked.append(request.url))
    await agent.keyboard.press("3")
    await agent.locator(".rows .row-link").first.click()
    await agent.locator("#composer").fill("字" * 67)
    await agent.keyboard.press("Enter")
    await expect(agent.locator(".message.own")).to_contain_text("字" * 67)
    assert [url for url in asked if url.endswith("/segments")] == []
