"""The end of a shift, in two browsers: one hands over, the other takes on."""

from playwright.async_api import expect

from conversations.people import Role
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


async def test_a_shift_ends_when_the_next_one_has_taken_over(gateway: Gateway, sign_in: SignIn) -> None:
    ann, bob = await gateway.add_user("ann"), await gateway.add_user("bob", capacity=1)
    root = await gateway.add_user("root", Role.ADMIN)
    loans = await gateway.add_queue("贷款", ann, bob)
    for number in ("+8613800000001", "+8613800000002"):
        conversation_id = await gateway.hear("我的贷款呢？", number)
        await gateway.services.desk.transfer_to_queue(root, conversation_id, loans, "loan")
        await gateway.services.desk.transfer_to_agent(root, conversation_id, ann.id, "hers")
    leaving, coming = await sign_in(ann), await sign_in(bob, viewport={"width": 390, "height": 800})
    await leaving.locator(".menu", has_text=ann.name).locator("summary").click()
    await leaving.get_by_role("button", name="Sign out").click()
    await expect(leaving.get_by_role("heading", name="Hand over")).to_be_visible()
    await leaving.select_option("#to", value=f"user_id:{bob.id}")
    await leaving.fill("#note", "both are calm")
    await leaving.locator(".matter .input").first.fill("call at six")
    await leaving.press("#note", "Tab")
    await leaving.get_by_role("button", name="Hand over").click()
    await expect(leaving.locator(".duty")).to_contain_text("Waiting for")
    await coming.locator(".duty").get_by_role("button", name="Look").click()
    await expect(coming.locator("dialog")).to_contain_text("both are calm")
    await expect(coming.locator("dialog")).to_contain_text("call at six")
    await expect(coming.get_by_role("button", name="Accept")).to_be_disabled()
    await coming.get_by_role("checkbox").check()
    await coming.get_by_role("button", name="Accept").click()
    await expect(coming.locator(".rows .row-link")).to_have_count(2)
    await expect(leaving.locator("#login")).to_be_visible()
