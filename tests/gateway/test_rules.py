"""The rules as supervisors work on them: saved as a whole, tried first, nobody's work lost silently."""

from typing import Any

import orjson

from conversations.people import Role
from storage import contacts, conversations
from tests.support.gateway import Browser, Gateway


def a_rule(name: str, queue: str, **conditions: object) -> dict[str, Any]:
    return {"id": name, "name": name, "conditions": conditions, "actions": {"queue": queue}}


async def put(browser: Browser, number: int, *rules: dict[str, Any], **more: object) -> tuple[int, dict[str, Any]]:
    content = {"number": number, "rules": rules, "words": {}, "reason": "a better order", **more}
    response = await browser.http.put("/api/v1/rules", json=content, headers={"X-CSRF": browser.csrf})
    return response.status, await response.json()


async def test_a_list_is_saved_as_a_version_with_author_and_reason(gateway: Gateway) -> None:
    care = await gateway.add_queue("贷款")
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        empty = await browser.json("/api/v1/rules")
        status, saved = await put(browser, 0, a_rule("loans", care, words=["贷款"]), a_rule("rest", care))
        await put(
            browser, 1, a_rule("rest", care), a_rule("loans", care, words=["贷款", "房贷"]), reason="mortgages too"
        )
        current = await browser.json("/api/v1/rules")
        listed = await browser.json("/api/v1/rules/versions")
        second = await browser.json("/api/v1/rules/versions/2")
        first = await browser.json("/api/v1/rules/versions/1?against=2")
        missing = await browser.get("/api/v1/rules/versions/9")
    assert (empty["number"], empty["rules"], empty["choices"]["queue"]) == (0, [], {care: "贷款"})
    assert "投诉" in empty["words"]["complaint"]
    assert (status, saved["number"]) == (200, 1)
    assert [rule["name"] for rule in current["rules"]] == ["rest", "loans"]
    assert [(each["number"], each["author"], each["reason"]) for each in listed["versions"]] == [
        (2, "Ada", "mortgages too"),
        (1, "Ada", "a better order"),
    ]
    assert [(each["change"], each["name"]) for each in second["differences"]] == [
        ("moved", "rest"),
        ("changed", "loans"),
    ]
    assert {each["change"] for each in first["differences"]} == {"moved", "changed"}
    assert missing.status == 404


async def test_the_second_of_two_editors_is_told(gateway: Gateway) -> None:
    care = await gateway.add_queue("care")
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        await put(browser, 0, a_rule("first", care))
        status, told = await put(browser, 0, a_rule("second", care))
        current = await browser.json("/api/v1/rules")
    assert status == 409
    assert "Somebody else" in told["detail"]
    assert [rule["name"] for rule in current["rules"]] == ["first"]


async def test_every_problem_is_told_at_once_and_nothing_is_saved(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        status, told = await put(browser, 0, a_rule("loans", "gone", words=[]), a_rule("", "gone", weather=["rain"]))
        silent, _ = await put(browser, 0, reason=" ")
        current = await browser.json("/api/v1/rules")
    assert status == 422
    assert [(each["rule"], each["part"]) for each in told["problems"]] == [
        (0, "words"),
        (0, "queue"),
        (1, "name"),
        (1, "weather"),
        (1, "queue"),
    ]
    assert told["problems"][3]["text"] == "This version knows no condition “weather”. Take it away."
    assert (silent, current["number"]) == (409, 0)


async def test_what_is_no_list_of_rules_is_refused(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        nameless, _ = await put(browser, 0, {"conditions": {}, "actions": {}})
        wordless, _ = await put(browser, 0, words={"complaint": "投诉"})
    assert (nameless, wordless) == (400, 400)


async def test_agents_do_not_edit_rules(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        read = await browser.get("/api/v1/rules")
        written, _ = await put(browser, 0)
        page = await browser.get("/setup/rules")
    assert (read.status, written, page.status) == (403, 403, 403)


async def test_rules_are_tried_against_the_conversations_that_are_there(gateway: Gateway) -> None:
    care, loans = await gateway.add_queue("care"), await gateway.add_queue("loans")
    for number in range(7):
        await gateway.hear("我要办贷款" if number < 3 else "你好", number=f"+861380000000{number}")
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        await put(browser, 0, a_rule("rest", care))
        draft = {"rules": [a_rule("loans", loans, words=["贷款"]), a_rule("rest", care)], "words": {}}
        trial = await (await browser.post("/api/v1/rules/trial", draft)).json()
        current = await browser.json("/api/v1/rules")
    assert (trial["tried"], trial["moved"], trial["changed"]) == (7, 3, 0)
    assert trial["hits"] == {"loans": 3, "rest": 4}
    (move,) = trial["moves"]
    assert (move["from"], move["to"], move["count"]) == (care, loans, 3)
    assert [each["preview"] for each in move["examples"]] == ["我要办贷款"] * 3
    assert trial["problems"] == []
    assert current["number"] == 1


async def test_who_wants_to_hear_how_far_a_trial_is_hears_it(gateway: Gateway) -> None:
    care = await gateway.add_queue("care")
    for number in range(3):
        await gateway.hear("你好", number=f"+861380000000{number}")
    async with gateway.signed_in(await gateway.add_user("ada", Role.SUPERVISOR)) as browser:
        headers = {"X-CSRF": browser.csrf, "Accept": "application/x-ndjson"}
        draft = {"rules": [a_rule("rest", care)], "words": {}}
        async with browser.http.post("/api/v1/rules/trial", json=draft, headers=headers) as answer:
            lines = [orjson.loads(line) async for line in answer.content]
    assert lines[0] == {"tried": 3, "of": 3}
    assert (lines[-1]["tried"], lines[-1]["hits"]) == (3, {"rest": 3})


async def test_a_customer_is_described_by_whoever_serves_them(gateway: Gateway) -> None:
    ann, ben = await gateway.add_user("ann"), await gateway.add_user("ben")
    conversation_id = await gateway.hear("你好")
    path = f"/api/v1/conversations/{conversation_id}/contact"
    content = {"segment": " gold ", "tags": ["elderly", "elderly", " vip"], "manager_id": ben.id}
    read = gateway.services.database.read
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.http.put(path, json=content, headers={"X-CSRF": browser.csrf})
        shown = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["contact"]
        odd = await browser.http.put(path, json=content | {"tags": [" "]}, headers={"X-CSRF": browser.csrf})
        nobody = await browser.http.put(path, json=content | {"manager_id": "x"}, headers={"X-CSRF": browser.csrf})
    async with gateway.signed_in(ann) as browser:
        stranger = await browser.http.put(path, json=content, headers={"X-CSRF": browser.csrf})
    row = await read(conversations.get, conversation_id)
    assert row is not None
    contact = await read(contacts.get, row.contact_id)
    assert contact is not None
    assert (contact.segment, contact.tags, contact.manager_id) == ("gold", ("elderly", "vip"), ben.id)
    assert (shown["segment"], shown["tags"], shown["manager"]) == ("gold", ["elderly", "vip"], "Ben")
    assert (saved.status, odd.status, nobody.status, stranger.status) == (200, 409, 409, 404)
