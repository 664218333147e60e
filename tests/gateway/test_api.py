"""The API as the inbox uses it. Outside a person's scope nothing exists."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from channels.contract import Parsed, WebhookRequest
from conversations.clock import utc_now
from conversations.ids import ConversationId, DeliveryId, QueueId, new_id
from conversations.inbound import SentElsewhere
from conversations.message import DeliveryState
from conversations.parts import Text
from conversations.people import Role
from storage import conversations, deliveries, messages
from tests.support.gateway import Browser, Gateway

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


async def put_in_queue(gateway: Gateway, conversation_id: ConversationId, queue_id: QueueId) -> None:
    await gateway.services.database.write(conversations.change, conversation_id, {"queue_id": queue_id})


async def reply(browser: Browser, conversation_id: str, text: str, **more: Any) -> dict[str, Any]:
    """Answer; the message as the API tells it."""
    response = await browser.post(
        f"/api/v1/conversations/{conversation_id}/replies", {"text": text, "key": new_id(), **more}
    )
    assert response.status == 201, await response.text()
    message: dict[str, Any] = (await response.json())["message"]
    return message


async def test_what_is_outside_the_scope_does_not_exist(gateway: Gateway) -> None:
    """Ann works in loans, the conversation is in cards: no list, page, file, script or deed shows that it is there."""
    ann = await gateway.add_user("ann")
    await gateway.add_queue("loans", ann)
    cards = await gateway.add_queue("cards")
    hidden = await gateway.hear("hello")
    await put_in_queue(gateway, hidden, cards)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as admin:
        upload = await admin.upload(PNG, "a.png")
        said = await reply(admin, hidden, "look", files=[upload])
    async with gateway.signed_in(ann) as browser:
        listed = await browser.json("/api/v1/conversations?view=open")
        paths = ["", "/messages", "/scripts"]
        looked = [(await browser.get(f"/api/v1/conversations/{hidden}{path}")).status for path in paths]
        file = await browser.get(f"/api/v1/messages/{said['id']}/files/{upload['digest']}")
        deeds = ["replies", "notes", "take", "release", "transfer", "resolve", "reopen"]
        content = {"text": "hi", "key": new_id(), "user_id": ann.id}
        done = [(await browser.post(f"/api/v1/conversations/{hidden}/{deed}", content)).status for deed in deeds]
        retried = await browser.post(f"/api/v1/deliveries/{said['deliveries'][0]['id']}/retry")
    assert (listed["conversations"], listed["counts"]["open"]) == ([], 0)
    assert looked == [404] * 3
    assert done == [404] * 7
    assert (file.status, retried.status) == (404, 404)


async def test_the_same_key_says_nothing_twice(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        first = await reply(browser, conversation_id, "Hi", key="the-same-key")
        second = await reply(browser, conversation_id, "Hi", key="the-same-key")
        view = await browser.json(f"/api/v1/conversations/{conversation_id}")
    assert first["id"] == second["id"]
    assert [message["direction"] for message in view["messages"]] == ["inbound", "outbound"]
    assert view["messages"][1]["deliveries"][0]["state"] == "pending"


async def test_a_long_answer_shows_what_became_of_each_part(gateway: Gateway) -> None:
    """The scripted provider carries 100 characters at once: 150 make two parts."""
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        said = await reply(browser, conversation_id, "字" * 150)
    assert [part["position"] for part in said["deliveries"]] == [0, 1]


async def test_what_the_channel_cannot_carry_is_refused_before_anything_is_stored(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        pdf = await browser.upload(b"%PDF-1.7", "a.pdf")
        response = await browser.post(
            f"/api/v1/conversations/{conversation_id}/replies", {"files": [pdf], "key": new_id()}
        )
        problem = await response.json()
        view = await browser.json(f"/api/v1/conversations/{conversation_id}")
    assert (response.status, response.content_type) == (409, "application/problem+json")
    assert problem["detail"] == "This channel carries no file."
    assert len(view["messages"]) == 1


async def test_an_unanswered_customer_is_not_hung_up_on(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("hello")
    path = f"/api/v1/conversations/{conversation_id}"
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        refused = await browser.post(f"{path}/resolve")
        blank = await browser.post(f"{path}/resolve", {"reason": "  "})
        explained = await browser.post(f"{path}/resolve", {"reason": "spam"})
        resolved = await browser.json(path)
        await browser.post(f"{path}/reopen")
        reopened = await browser.json(path)
    assert (refused.status, blank.status, explained.status) == (409, 409, 200)
    assert resolved["conversation"]["state"] == "resolved"
    assert resolved["events"][-1]["reason"] == "spam"
    assert (reopened["conversation"]["state"], reopened["conversation"]["assignee"]) == ("assigned", "Root")


async def test_a_conversation_is_taken_handed_on_and_given_back(gateway: Gateway) -> None:
    """Ann owns it for ever, since she was first; who has it changes."""
    ann, bob = await gateway.add_user("ann"), await gateway.add_user("bob")
    loans = await gateway.add_queue("loans", ann, bob)
    conversation_id = await gateway.hear("hello")
    await put_in_queue(gateway, conversation_id, loans)
    path = f"/api/v1/conversations/{conversation_id}"
    async with gateway.signed_in(ann) as browser:
        steps = []
        for deed, content in (
            ("take", {}),
            ("transfer", {"user_id": bob.id, "note": "wants a loan"}),
            ("release", {}),
            ("transfer", {"queue_id": loans}),
        ):
            row = (await (await browser.post(f"{path}/{deed}", content)).json())["conversation"]
            steps.append((row["state"], row["assignee"], row["owner"]))
    assert steps == [
        ("assigned", "Ann", "Ann"),
        ("assigned", "Bob", "Ann"),
        ("queued", None, "Ann"),
        ("queued", None, "Ann"),
    ]


async def test_what_left_the_scope_is_answered_as_gone(gateway: Gateway) -> None:
    """Ann hands a conversation of her queue to one where she does not work."""
    ann = await gateway.add_user("ann")
    loans, cards = await gateway.add_queue("loans", ann), await gateway.add_queue("cards")
    conversation_id = await gateway.hear("hello")
    await put_in_queue(gateway, conversation_id, loans)
    async with gateway.signed_in(ann) as browser:
        response = await browser.post(f"/api/v1/conversations/{conversation_id}/transfer", {"queue_id": cards})
        assert (await response.json())["conversation"] is None


@pytest.mark.parametrize(("state", "status"), [("failed", 200), ("unknown", 200), ("delivered", 409), ("pending", 409)])
async def test_only_what_failed_or_is_doubtful_is_tried_again(gateway: Gateway, state: str, status: int) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        part = (await reply(browser, conversation_id, "Hi"))["deliveries"][0]
        values = {"state": DeliveryState(state)}
        await gateway.services.database.write(deliveries.change, DeliveryId(part["id"]), values)
        response = await browser.post(f"/api/v1/deliveries/{part['id']}/retry")
        view = await browser.json(f"/api/v1/conversations/{conversation_id}")
    now = view["messages"][-1]["deliveries"][0]
    assert response.status == status
    assert (now["state"], now["attempt"]) == (("pending", 2) if status == 200 else (state, 1))


async def test_a_list_is_read_to_its_end_without_a_gap_or_a_repetition(gateway: Gateway) -> None:
    """120 conversations in pages of 50."""
    heard = [await gateway.hear("hello", f"+86138{number:08}") for number in range(120)]
    seen: list[str] = []
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        path = "/api/v1/conversations?view=open"
        page = await browser.json(path)
        sizes = [len(page["conversations"])]
        seen += [row["id"] for row in page["conversations"]]
        while page["next"]:
            page = await browser.json(f"{path}&before={page['next']}")
            sizes.append(len(page["conversations"]))
            seen += [row["id"] for row in page["conversations"]]
    assert sizes == [50, 50, 20]
    assert seen == heard[::-1]
    assert page["counts"] == {"mine": 0, "unassigned": 120, "open": 120}


async def test_an_uploaded_picture_is_shown_in_place_where_nothing_runs(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        upload = await browser.upload(PNG, "图 1.png")
        said = await reply(browser, conversation_id, "", files=[upload])
        response = await browser.get(said["parts"][0]["url"])
        assert await response.read() == PNG
    assert (upload["mime"], upload["type"], upload["size"]) == ("image/png", "image", len(PNG))
    assert response.headers["Content-Disposition"] == "inline; filename*=UTF-8''%E5%9B%BE%201.png"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


async def test_what_only_calls_itself_a_picture_is_a_download(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        upload = await browser.upload(b"<svg onload=alert(1)>", "a.png")
    assert (upload["mime"], upload["type"]) == ("application/octet-stream", "file")


async def test_scripts_come_filled_in_every_language_the_customers_first(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("请问贷款利率是多少")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN, name="王芳")) as browser:
        found = await browser.json(f"/api/v1/conversations/{conversation_id}/scripts")
    bodies = [script["body"] for each in found["scripts"].values() for script in each]
    assert found["language"] == "zh-CN"
    assert set(found["scripts"]) == {"zh-CN", "en"}
    assert any("王芳" in body for body in bodies)
    assert not any("{{" in body for body in bodies)


async def test_earlier_messages_are_read_back_to_the_first(gateway: Gateway) -> None:
    """130 messages: the newest 100 with the conversation, then the other 30."""
    for number in range(130):
        conversation_id = await gateway.hear(f"{number}")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        path = f"/api/v1/conversations/{conversation_id}"
        view = await browser.json(path)
        earlier = await browser.json(f"{path}/messages?before={view['messages'][0]['id']}")
    texts = [message["parts"][0]["text"] for message in (*earlier["messages"], *view["messages"])]
    assert (view["more"], earlier["more"]) == (True, False)
    assert texts == [str(number) for number in range(130)]


async def test_my_state_is_mine_to_say(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    async with gateway.signed_in(ann) as browser:
        headers = {"X-CSRF": browser.csrf}
        ready = await browser.http.put("/api/v1/me/state", json={"state": "ready"}, headers=headers)
        nonsense = await browser.http.put("/api/v1/me/state", json={"state": "asleep"}, headers=headers)
        me = await browser.json("/api/v1/me")
    assert (ready.status, nonsense.status, me["state"]) == (200, 400, "ready")
    assert utc_now() - (await gateway.user(ann)).state_since < timedelta(minutes=1)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"text": 1, "key": "12345678"}', b'{"text": "hi", "key": "short"}'])
async def test_nonsense_is_a_problem_with_a_sentence(gateway: Gateway, body: bytes) -> None:
    conversation_id = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        response = await browser.http.post(
            f"/api/v1/conversations/{conversation_id}/replies", data=body, headers={"X-CSRF": browser.csrf}
        )
        problem = await response.json()
    assert (response.status, problem["status"], problem["title"]) == (400, 400, "Bad Request")
    assert problem["detail"].endswith(".")


async def test_a_window_shows_how_often_and_until_when_one_may_write(gateway: Gateway) -> None:
    """The scripted provider allows two messages in two days; without a window there is nothing to say."""
    await gateway.add_account("windows", windows="yes")
    limited = await gateway.hear("hello", account="windows", opens="message")
    free = await gateway.hear("hello", number="+8613800000002")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        left = await browser.json(f"/api/v1/conversations/{limited}/window")
        unlimited = await browser.json(f"/api/v1/conversations/{free}/window")
    assert (left["limited"], left["remaining"]) == (True, 2)
    assert datetime.fromisoformat(left["ends_at"]) - utc_now() > timedelta(hours=47)
    assert unlimited == {"limited": False, "templates": False, "segments": False, "remaining": 0, "ends_at": None}


async def test_what_is_no_short_message_is_not_counted_and_strangers_conversations_do_not_exist(
    gateway: Gateway,
) -> None:
    here = await gateway.hear("hello")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        counted = await browser.post(f"/api/v1/conversations/{here}/segments", {"text": "您好"})
        nowhere = await browser.post("/api/v1/conversations/nowhere/segments", {"text": "您好"})
    assert (counted.status, await counted.json()) == (200, {"segments": 0})
    assert nowhere.status == 404


async def test_without_a_window_only_a_registered_template_is_taken(gateway: Gateway) -> None:
    await gateway.add_account("windows", windows="yes", templates="yes")
    conversation_id = await gateway.hear("hello", account="windows")
    template = {"name": "notice", "words": "您的快递到了", "values": {"number": "SF123"}}
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        path = f"/api/v1/conversations/{conversation_id}/replies"
        refused = await browser.post(path, {"text": "hi", "key": new_id()})
        said = await reply(browser, conversation_id, "", template=template)
        odd = await browser.post(path, {"template": "notice", "key": new_id()})
    assert (refused.status, odd.status) == (409, 400)
    assert said["parts"] == [
        {"kind": "template", **template, "values": [["number", "SF123"]], "url": "", "once": False}
    ]


async def test_what_was_recalled_and_answered_elsewhere_is_shown_so(gateway: Gateway) -> None:
    conversation_id = await gateway.hear("oops")
    at = utc_now()
    conversation = await gateway.services.database.read(conversations.get, conversation_id)
    assert conversation is not None
    (said,) = await gateway.services.database.read(messages.of_conversation, conversation_id)
    await gateway.services.database.write(messages.recall, said.id, at)
    answer = SentElsewhere(
        key="e-1", address=conversation.address, parts=(Text("done"),), occurred_at=at, author="zhang"
    )
    request = WebhookRequest(method="POST", url="https://huiliu.example", received_at=at)
    await gateway.services.intake.accept(conversation.account_id, request, Parsed((answer,)), "trace")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        shown = (await browser.json(f"/api/v1/conversations/{conversation_id}"))["messages"]
    assert [(each["author_name"], each["recalled_at"] is not None) for each in shown] == [
        (None, True),
        ("zhang", False),
    ]
