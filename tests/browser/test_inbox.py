"""An agent's day, in a real browser: nothing is reloaded, nothing typed is lost, nothing unsent looks sent."""

import re

from playwright.async_api import Page, expect

from conversations.errors import Rejected
from conversations.people import Role, User
from storage import conversations
from tests.browser.conftest import SignIn
from tests.support.eventually import soon
from tests.support.gateway import Gateway
from tests.support.wire import Wire

LI, HAN = "+8613800000001", "+8613800000002"


async def open_first(page: Page) -> None:
    """Look at everything that is open, and open the first."""
    await page.keyboard.press("3")
    await page.locator(".rows .row-link").first.click()
    await expect(page.locator(".composer")).to_be_visible()


async def write(page: Page, text: str) -> None:
    """Type into the composer and send."""
    await page.fill("#composer", text)
    await page.press("#composer", "Enter")


async def an_admin(gateway: Gateway, **changes: str) -> User:
    return await gateway.add_user("root", Role.ADMIN, **changes)


async def test_a_customer_writes_and_is_answered_without_a_reload(gateway: Gateway, sign_in: SignIn) -> None:
    page = await sign_in(await an_admin(gateway))
    await page.keyboard.press("3")
    await expect(page.locator(".lists .hollow")).to_contain_text("No open conversations")
    await gateway.hear("我的卡丢了", LI)
    await open_first(page)
    await expect(page.locator(".message.theirs")).to_contain_text("我的卡丢了")
    await write(page, "已为您挂失。")
    await expect(page.locator(".message.own .state")).to_have_text("accepted")
    await gateway.hear("谢谢", LI)
    await expect(page.locator(".message").last).to_contain_text("谢谢")
    await expect(page.locator(".row-link .words")).to_have_text("谢谢")
    assert gateway.provider.texts() == ["已为您挂失。"]
    assert await page.title() == "(1) Inbox · Huiliu"


async def test_a_picture_is_named_in_the_language_of_the_screen(gateway: Gateway, sign_in: SignIn) -> None:
    page = await sign_in(await an_admin(gateway, language="zh-CN"))
    await gateway.hear("card.png", LI, media="image")
    await gateway.hear("", HAN, media="voice")
    await page.keyboard.press("3")
    await expect(page.locator(".row-link .words")).to_have_text(["[语音]", "[图片] card.png"])


async def test_a_cut_line_loses_nothing(gateway: Gateway, sign_in: SignIn, wire: Wire) -> None:
    """While it is cut another customer writes, a colleague answers this one, and the agent answers too."""
    root = await an_admin(gateway)
    conversation_id = await gateway.hear("hello", LI)
    page = await sign_in(root)
    await open_first(page)
    wire.cut()
    await expect(page.locator(".banner")).to_contain_text("What you write is kept")
    await write(page, "written in the dark")
    await expect(page.locator(".unsent .trouble")).to_contain_text("It is kept here.")
    await gateway.hear("somebody else", HAN)
    async with gateway.signed_in(root) as colleague:
        await colleague.post(
            f"/api/v1/conversations/{conversation_id}/replies", {"text": "from a colleague", "key": "a-colleague"}
        )
    wire.mend()
    await expect(page.locator(".banner")).to_have_count(0)
    await expect(page.locator(".row-link")).to_have_count(2)
    await expect(page.locator(".message.own .bubble").first).to_have_text("from a colleague")
    await page.locator(".unsent").get_by_role("button", name="Try again").click()
    await expect(page.locator(".unsent")).to_have_count(0)
    await expect(page.locator(".message.own .bubble")).to_have_text(["from a colleague", "written in the dark"])
    await expect(page.locator(".message.own .state")).to_have_text(["accepted", "accepted"])
    assert gateway.provider.texts() == ["from a colleague", "written in the dark"]


async def test_drafts_and_unsent_words_outlive_the_page(gateway: Gateway, sign_in: SignIn, wire: Wire) -> None:
    await gateway.hear("hello", LI)
    page = await sign_in(await an_admin(gateway))
    await open_first(page)
    wire.cut()
    await write(page, "never sent")
    await expect(page.locator(".unsent .trouble")).to_be_visible()
    await page.fill("#composer", "half a sen")
    wire.mend()
    await page.reload()
    await expect(page.locator("#composer")).to_have_value("half a sen")
    await expect(page.locator(".unsent .bubble")).to_have_text("never sent")


async def test_what_was_not_delivered_says_why_and_is_really_tried_again(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("hello", LI)
    page = await sign_in(await an_admin(gateway))
    await open_first(page)
    gateway.provider.answers.append(Rejected("bad number", code="40003"))
    await write(page, "Hi")
    await expect(page.locator(".message.own .state")).to_have_text("not delivered")
    await expect(page.locator(".trouble")).to_contain_text("The provider refused it. 40003 bad number")
    await page.locator(".trouble").get_by_role("button", name="Try again").click()
    await expect(page.locator(".message.own .state")).to_have_text("accepted")
    assert gateway.provider.texts() == ["Hi", "Hi"]


async def test_keys_that_are_pressed_in_one_breath_are_all_heard(gateway: Gateway, sign_in: SignIn) -> None:
    """The second one comes before the browser has told of the new address."""
    await gateway.hear("请问几点关门", LI)
    await gateway.hear("spam spam", HAN)
    page = await sign_in(await an_admin(gateway, name="王芳"))
    await page.keyboard.press("3")
    await expect(page.locator(".row-link")).to_have_count(2)
    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));"
    await page.evaluate(press * 2)
    await expect(page.locator(".thread h1")).to_have_text(LI)


async def test_a_day_without_a_mouse(gateway: Gateway, sign_in: SignIn) -> None:
    """Go through the list, answer with a script, leave a note, settle both, see the keys."""
    await gateway.hear("请问几点关门", LI)
    await gateway.hear("spam spam", HAN)
    page = await sign_in(await an_admin(gateway, name="王芳"))
    press = page.keyboard.press
    await press("3")
    await expect(page.locator(".row-link")).to_have_count(2)
    await press("j")
    await press("j")
    await expect(page.locator(".thread h1")).to_have_text(LI)
    await press("/")
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.type("问候")
    await expect(page.locator(".scripts [role=option]")).to_have_count(1)
    await press("Enter")
    await expect(page.locator("#composer")).to_have_value(re.compile("我是客服 王芳"))
    await press("Control+Enter")
    await expect(page.locator(".message.own .state")).to_have_text("accepted")
    await press("Escape")
    await press("n")
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.type("老客户")
    await press("Enter")
    await expect(page.locator(".message.note .bubble")).to_have_text("老客户")
    await press("Escape")
    await press("e")
    await expect(page.locator(".row-link")).to_have_count(1)
    await press("Escape")
    await press("j")
    await expect(page.locator(".composer")).to_be_visible()
    await press("e")
    await expect(page.locator("#reason")).to_be_focused()
    await page.keyboard.type("advertising")
    await page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(page.locator(".settled")).to_contain_text("This conversation is resolved.")
    await expect(page.locator(".story").last).to_contain_text("advertising")
    await expect(page.locator(".views a[aria-current] .number")).to_have_text("0")
    await press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Next and previous conversation")
    await soon(lambda: len(gateway.provider.texts()) == 1, "it was handed over once")


async def test_enter_that_chooses_characters_does_not_send(gateway: Gateway, sign_in: SignIn) -> None:
    """Input methods for Chinese end a composition with Enter."""
    await gateway.hear("hello", LI)
    page = await sign_in(await an_admin(gateway))
    await open_first(page)
    await page.fill("#composer", "nihao")
    await page.locator("#composer").evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    await expect(page.locator("#composer")).to_have_value("nihao")
    await expect(page.locator(".message.own")).to_have_count(0)


async def test_a_picture_is_attached_sent_and_shown(gateway: Gateway, sign_in: SignIn) -> None:
    pixel = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63f8cfc0f01f0005050201a0d3c6c80000000049454e44ae426082"
    )
    await gateway.hear("hello", LI)
    page = await sign_in(await an_admin(gateway))
    await open_first(page)
    await page.set_input_files(
        ".composer input[type=file]", {"name": "dot.png", "mimeType": "image/png", "buffer": pixel}
    )
    await expect(page.locator(".chip")).to_contain_text("dot.png")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message.own .picture img")).to_have_js_property("naturalWidth", 1)
    await expect(page.locator(".message.own .state")).to_have_text("accepted")


async def test_what_is_handed_to_others_leaves_the_screen(gateway: Gateway, sign_in: SignIn) -> None:
    ann = await gateway.add_user("ann")
    loans = await gateway.add_queue("Loans", ann)
    await gateway.add_queue("Cards")
    conversation_id = await gateway.hear("hello", LI)
    await gateway.services.database.write(conversations.change, conversation_id, {"queue_id": loans})
    page = await sign_in(ann)
    await open_first(page)
    await page.keyboard.press("t")
    await page.get_by_role("dialog").get_by_text("Cards").click()
    await page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    await expect(page.locator(".toast")).to_have_text("Handed over.")
    await expect(page.locator(".row-link")).to_have_count(0)
    await expect(page.locator(".thread .hollow")).to_contain_text("Choose a conversation")


async def test_on_a_phone_there_is_one_pane_at_a_time(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("hello", LI)
    page = await sign_in(await an_admin(gateway), viewport={"width": 390, "height": 844}, has_touch=True)
    await page.get_by_role("link", name="All open").click()
    await page.locator(".row-link").first.click()
    await expect(page.locator(".lists")).to_be_hidden()
    await page.get_by_role("button", name="Customer", exact=True).click()
    await expect(page.locator(".thread")).to_be_hidden()
    await expect(page.locator(".panel")).to_contain_text(LI)
    await page.go_back()
    await expect(page.locator(".thread")).to_be_visible()
    await page.get_by_role("button", name="Back to the list").click()
    await expect(page.locator(".lists")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_my_state_is_said_in_the_corner(gateway: Gateway, sign_in: SignIn) -> None:
    root = await an_admin(gateway)
    page = await sign_in(root)
    await page.locator(".my-state summary").click()
    await page.locator(".my-state").get_by_role("button", name="Ready").click()
    await expect(page.locator(".my-state summary")).to_contain_text("Ready")
    assert (await gateway.user(root)).state == "ready"


async def test_who_answers_and_resolves_in_one_breath_is_not_asked_why(gateway: Gateway, sign_in: SignIn) -> None:
    await gateway.hear("我的卡丢了", LI)
    page = await sign_in(await an_admin(gateway))
    await open_first(page)
    await page.fill("#composer", "已为您挂失。")
    # Both in one task of the browser: the answer cannot have come back between them.
    await page.evaluate(
        """() => {
          const options = { bubbles: true, cancelable: true };
          const press = (key, on) => on.dispatchEvent(new KeyboardEvent("keydown", { key, ...options }));
          press("Enter", document.querySelector("#composer"));
          press("e", document.body);
        }"""
    )
    await expect(page.locator(".toast")).to_have_text("Resolved.")
    await expect(page.locator("dialog")).to_have_count(0)


async def test_a_break_is_chosen_by_what_it_is_for(gateway: Gateway, sign_in: SignIn) -> None:
    """With the keyboard alone, on a phone."""
    ann = await gateway.add_user("ann", language="zh-CN")
    page = await sign_in(ann, viewport={"width": 390, "height": 844})
    await page.locator(".my-state summary").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".my-state summary")).to_contain_text("就绪")
    await page.locator(".my-state summary").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".my-state summary")).to_contain_text("用餐")
    found = await gateway.user(ann)
    assert (found.state, found.state_reason) == ("break", "meal")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
