"""An agent sends a registered template by its title and its values; the words come from the account's settings."""

import pytest

from conversations.address import phone_address
from conversations.ids import AccountId, ConversationId, new_id
from conversations.people import Role
from storage import consents
from tests.support.gateway import Browser, Gateway

LISTED = "# T1 发货通知\n您的订单${order}已发货。\n\n# T2 网点\n我们在浦东新区世纪大道1号。"
PARCEL = {
    "name": "T1",
    "title": "发货通知",
    "wording": [{"text": "您的订单"}, {"variable": "order"}, {"text": "已发货。"}],
    "allowed": None,
}


@pytest.fixture
async def conversation(gateway: Gateway) -> ConversationId:
    """On an account that lists two templates, where nothing else may be written now."""
    await gateway.add_account("listing", windows="yes", templates="yes", registered=LISTED)
    return await gateway.hear("hello", account="listing")


async def refusal(browser: Browser, conversation_id: ConversationId, template: dict[str, object]) -> str:
    path = f"/api/v1/conversations/{conversation_id}/replies"
    response = await browser.post(path, {"template": template, "key": new_id()})
    assert response.status == 409
    return str((await response.json())["detail"])


async def test_what_the_settings_list_is_offered_and_sent(gateway: Gateway, conversation: ConversationId) -> None:
    path = f"/api/v1/conversations/{conversation}"
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        window = await browser.json(f"{path}/window")
        offered = (await browser.json(f"{path}/templates"))["templates"]
        template = {"name": "T1", "values": {"order": " 42 "}}
        response = await browser.post(f"{path}/replies", {"template": template, "key": new_id()})
        said = (await response.json())["message"]
    assert (window["limited"], window["remaining"], window["templates"]) == (True, 0, True)
    assert (offered[0], len(offered)) == (PARCEL, 2)
    assert said["parts"] == [
        {
            "kind": "template",
            "name": "T1",
            "words": "您的订单42已发货。",
            "values": [["order", "42"]],
            "url": "",
            "once": False,
        }
    ]


async def test_gaps_and_strange_names_are_refused(gateway: Gateway, conversation: ConversationId) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        empty = await refusal(browser, conversation, {"name": "T1", "values": {"order": " "}})
        gone = await refusal(browser, conversation, {"name": "T9"})
    assert empty == "Every gap of the template must be filled in."
    assert gone == "The account's settings no longer list this template."


async def test_a_channel_without_templates_says_so(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        found = await browser.json(f"/api/v1/conversations/{conversation_id}/templates")
    assert found == {"possible": False, "templates": []}


async def test_it_is_shown_how_many_notices_the_customer_still_allows(gateway: Gateway) -> None:
    notices = "# N1 签收\n已签收\n\n# N2 退款\n已退款"
    await gateway.add_account("listing", templates="yes", notices=notices)
    conversation_id = await gateway.hear("hello", "+8613800000001", account="listing")
    customer = phone_address("+8613800000001")
    await gateway.services.database.write(consents.grant, AccountId("listing"), customer, "N1", 2)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        offered = (await browser.json(f"/api/v1/conversations/{conversation_id}/templates"))["templates"]
    assert [(each["name"], each["allowed"]) for each in offered] == [("N1", 2), ("N2", 0)]


async def test_templates_of_other_peoples_conversations_are_not_shown(
    gateway: Gateway, conversation: ConversationId
) -> None:
    await gateway.add_queue("elsewhere")
    async with gateway.signed_in(await gateway.add_user("stranger")) as browser:
        response = await browser.get(f"/api/v1/conversations/{conversation}/templates")
    assert response.status == 404
