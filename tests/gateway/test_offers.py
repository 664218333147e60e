"""Offers as a screen meets them: shown, accepted, declined, over."""

from datetime import timedelta

import pytest

from conversations.clock import utc_now
from conversations.conversation import ConversationState
from conversations.ids import ConversationId, QueueId
from conversations.people import User
from storage import conversations
from storage.database import Transaction
from tests.support.gateway import Gateway


def offer(transaction: Transaction, conversation_id: ConversationId, queue_id: QueueId, agent: User) -> None:
    placed = {"queue_id": queue_id, "state": ConversationState.QUEUED}
    conversations.change(transaction, conversation_id, placed)
    until = utc_now() + timedelta(seconds=15)
    conversations.change(transaction, conversation_id, {"offered_to": agent.id, "offered_until": until})


@pytest.fixture
async def offered(gateway: Gateway) -> tuple[ConversationId, User, User]:
    """A conversation that is offered to the first of two who work in its queue."""
    mei, tao = await gateway.add_user("mei"), await gateway.add_user("tao")
    queue_id = await gateway.add_queue("贷款", mei, tao)
    here = await gateway.hear("你好")
    await gateway.services.database.write(offer, here, queue_id, mei)
    return here, mei, tao


async def test_an_offer_is_a_duty_and_accepted_by_whom_it_is_offered_to_alone(
    gateway: Gateway, offered: tuple[ConversationId, User, User]
) -> None:
    here, mei, tao = offered
    async with gateway.signed_in(mei) as hers, gateway.signed_in(tao) as his:
        (row,) = (await hers.json("/api/v1/me/duties"))["offers"]
        nothing = (await his.json("/api/v1/me/duties"))["offers"]
        refused = await his.post(f"/api/v1/conversations/{here}/accept")
        accepted = await hers.post(f"/api/v1/conversations/{here}/accept")
        after = (await accepted.json())["conversation"]
        again = await hers.post(f"/api/v1/conversations/{here}/accept")
    assert (row["id"], row["queue"], nothing) == (here, "贷款", [])
    assert row["offered_until"] > row["opened_at"]
    assert [each.status for each in (refused, accepted, again)] == [409, 200, 409]
    assert (after["state"], after["assignee_id"], after["offered_to"]) == ("assigned", mei.id, None)


async def test_who_declines_says_why_and_keeps_seeing_it_in_the_queue(
    gateway: Gateway, offered: tuple[ConversationId, User, User]
) -> None:
    here, mei, _ = offered
    async with gateway.signed_in(mei) as hers:
        declined = await hers.post(f"/api/v1/conversations/{here}/decline", {"reason": "在通话"})
        after = (await declined.json())["conversation"]
        events = (await hers.json(f"/api/v1/conversations/{here}"))["events"]
        left = (await hers.json("/api/v1/me/duties"))["offers"]
    assert declined.status == 200
    assert (after["state"], after["offered_to"], left) == ("queued", None, [])
    assert (events[-1]["kind"], events[-1]["reason"], events[-1]["actor"]) == (
        "conversation.declined",
        "在通话",
        mei.id,
    )


async def test_nobody_chooses_to_have_missed_an_offer(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("mei")) as browser:
        await browser.put("/api/v1/me/state", {"state": "ready"})
        refused = await browser.put("/api/v1/me/state", {"state": "break", "reason": "missed-offer"})
    assert refused.status == 409
