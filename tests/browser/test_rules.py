"""The page of the rules: a supervisor writes, tries, orders and saves them, and meets a colleague who was faster."""

from playwright.async_api import Page, expect
from yarl import URL

from conversations.clock import utc_now
from conversations.ids import QueueId, RuleId
from conversations.people import Role
from storage import rules
from storage.rules import RuleBook, RuleRow
from tests.browser.conftest import SignIn
from tests.support.gateway import Gateway


def a_book(queue: QueueId, *names: str) -> RuleBook:
    rows = tuple(RuleRow(id=RuleId(name), name=name, actions={"queue": queue}) for name in names)
    return RuleBook(saved_at=utc_now(), author="system", reason="the first ones", rules=rows)


async def open_rules(page: Page) -> None:
    await page.goto(f"{URL(page.url).origin()}/setup/rules")
    await expect(page.locator(".save-bar")).to_be_visible()


async def test_a_rule_is_written_tried_and_saved(gateway: Gateway, sign_in: SignIn) -> None:
    care, loans = await gateway.add_queue("客户服务"), await gateway.add_queue("贷款")
    await gateway.services.database.write(rules.save, a_book(care, "rest"))
    await gateway.hear("我要办贷款")
    await gateway.hear("你好", number="+8613800000002")
    page = await sign_in(await gateway.add_user("ada", Role.SUPERVISOR))
    await open_rules(page)

    await page.get_by_role("button", name="Add rule").click()
    card = page.locator(".rule").nth(1)
    await card.get_by_label("Name", exact=True).fill("loans")
    await card.get_by_label("Add condition").select_option("words")
    await card.get_by_label("One more, or several with commas").fill("贷款，房贷")
    await card.get_by_role("combobox", name="Queue").select_option(loans)
    await card.get_by_role("button", name="Move loans up").click()
    await expect(page.locator(".rule-name")).to_have_text(["loans", "rest"])

    await page.get_by_role("button", name="Try against").click()
    await expect(page.locator(".trial")).to_contain_text("Would have moved 1 of 2")
    await expect(page.locator(".trial .move")).to_contain_text("客户服务 → 贷款")
    await expect(page.locator(".trial .move a")).to_contain_text("我要办贷款")

    await page.get_by_label("Why the rules change").fill("loans have people of their own")
    await page.get_by_role("button", name="Save rules").click()
    await expect(page.locator(".save-bar")).to_contain_text("Saved as version 2.")
    await expect(page.locator(".version-line").first).to_contain_text("loans have people of their own")
    book = await gateway.services.database.read(rules.current)
    assert [row.name for row in book.rules] == ["loans", "rest"]
    assert book.rules[0].conditions == {"words": ["贷款", "房贷"]}


async def test_rules_are_ordered_with_keys_and_by_dragging(gateway: Gateway, sign_in: SignIn) -> None:
    care = await gateway.add_queue("care")
    await gateway.services.database.write(rules.save, a_book(care, "one", "two", "three"))
    page = await sign_in(await gateway.add_user("ada", Role.SUPERVISOR))
    await open_rules(page)

    await page.locator(".handle").first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".rule-name")).to_have_text(["two", "one", "three"])
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".rule-name")).to_have_text(["two", "three", "one"])

    handle = await page.locator(".handle").last.bounding_box()
    first = await page.locator(".rule").first.bounding_box()
    assert handle
    assert first
    await page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    await page.mouse.down()
    await page.mouse.move(handle["x"] + 8, first["y"] + 4, steps=8)
    await page.mouse.up()
    await expect(page.locator(".rule-name")).to_have_text(["one", "two", "three"])


async def test_who_was_slower_sees_the_others_version_and_decides(gateway: Gateway, sign_in: SignIn) -> None:
    care = await gateway.add_queue("care")
    write = gateway.services.database.write
    first = await write(rules.save, a_book(care, "rest"))
    page = await sign_in(await gateway.add_user("ada", Role.SUPERVISOR))
    await open_rules(page)
    await page.locator(".rule-head").click()
    await page.get_by_label("Name", exact=True).fill("everything else")
    theirs = a_book(care, "rest", "theirs")
    await write(rules.save, RuleBook(**{**vars(theirs), "number": first.number, "reason": "mine first"}))

    await page.get_by_label("Why the rules change").fill("a better name")
    await page.get_by_role("button", name="Save rules").click()
    await expect(page.locator(".conflict")).to_contain_text("Somebody else saved version 2 meanwhile")
    await expect(page.locator(".conflict .differences")).to_contain_text("theirs")
    await page.get_by_role("button", name="Go on with mine").click()
    await page.get_by_role("button", name="Save rules").click()
    await expect(page.locator(".save-bar")).to_contain_text("Saved as version 3.")
    assert [row.name for row in (await gateway.services.database.read(rules.current)).rules] == ["everything else"]

    await page.locator(".version-line", has_text="mine first").click()
    await page.get_by_role("button", name="Take version 2 up again").click()
    await expect(page.locator(".rule-name")).to_have_text(["rest", "theirs"])


async def test_every_problem_stands_where_it_is_and_nothing_unreadable_is_hidden(
    gateway: Gateway, sign_in: SignIn
) -> None:
    care = await gateway.add_queue("care")
    odd = RuleRow(id=RuleId("odd"), name="odd", conditions={"weather": ["rain"]}, actions={"queue": "gone"})
    book = a_book(care, "rest")
    await gateway.services.database.write(rules.save, RuleBook(**{**vars(book), "rules": (odd, *book.rules)}))
    page = await sign_in(await gateway.add_user("ada", Role.SUPERVISOR), viewport={"width": 390, "height": 800})
    await open_rules(page)
    card = page.locator(".rule").first
    await expect(card.locator(".wrong")).to_have_text(
        [
            "This version knows no condition “weather”. Take it away.",
            "“gone” does not exist any more. Choose another one.",
        ]
    )
    await card.get_by_role("button", name="Take away: weather").click()
    await card.get_by_role("combobox", name="Queue").select_option(care)
    await expect(page.locator(".wrong")).to_have_count(0)
    await page.get_by_label("Why the rules change").fill("mended")
    await page.get_by_role("button", name="Save rules").click()
    await expect(page.locator(".save-bar")).to_contain_text("Saved as version 2.")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_draft_outlives_the_page(gateway: Gateway, sign_in: SignIn) -> None:
    care = await gateway.add_queue("care")
    await gateway.services.database.write(rules.save, a_book(care, "rest"))
    page = await sign_in(await gateway.add_user("ada", Role.SUPERVISOR))
    await open_rules(page)
    await page.locator(".rule-head").click()
    await page.get_by_label("Name", exact=True).fill("everything else")
    await page.reload()
    await expect(page.locator(".rule-name")).to_have_text(["everything else"])
    await page.get_by_role("button", name="Discard changes").click()
    await expect(page.locator(".rule-name")).to_have_text(["rest"])
