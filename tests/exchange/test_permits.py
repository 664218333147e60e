"""Windows, consents and opt-outs: what they forbid never reaches the provider."""

import asyncio
from datetime import timedelta

import pytest

from conversations.conversation import Conversation
from conversations.errors import ProviderUnavailable, WindowClosed
from conversations.ids import DeliveryId
from conversations.inbound import ConsentChanged, ContactChange, ContactChanged
from conversations.message import AuthorKind, Delivery, DeliveryState
from conversations.parts import Part, Template, Text
from exchange import outbox
from exchange.outbox import Draft
from storage import tables, windows
from tests.support.builders import NOW
from tests.support.core import LI, SMS, Core

FAILED, ACCEPTED, PENDING, SUPPRESSED = (
    DeliveryState.FAILED,
    DeliveryState.ACCEPTED,
    DeliveryState.PENDING,
    DeliveryState.SUPPRESSED,
)


async def a_conversation_with_windows(core: Core, opens: str = "message") -> Conversation:
    await core.change_account(SMS, windows="yes", templates="yes")
    heard = await core.hear(opens=opens)
    return await core.conversation(heard.conversation_id)


async def post(core: Core, conversation: Conversation, part: Part, key: str, *, automatic: bool = False) -> Delivery:
    draft = Draft(
        parts=(part,),
        planned=(part,),
        account_id=conversation.account_id,
        address=conversation.address,
        author=AuthorKind.SYSTEM,
        author_id="test",
        key=key,
        automatic=automatic,
    )
    message = await core.database.write(outbox.post, conversation, draft, core.clock(), "trace")
    return (await core.parts_of(message))[0]


async def sent(core: Core, conversation: Conversation, part: Part, key: str, *, automatic: bool = False) -> Delivery:
    """Post and deliver; the row afterwards."""
    row = await post(core, conversation, part, key, automatic=automatic)
    await core.interactive.drain()
    return await core.delivery(row.id)


async def test_a_window_allows_as_many_parts_as_it_says(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    rows = [await sent(core, talk, Text(str(number)), str(number)) for number in range(3)]
    assert [row.state for row in rows] == [ACCEPTED, ACCEPTED, FAILED]
    assert rows[2].error_kind == WindowClosed.kind
    assert core.provider.texts() == ["0", "1"]


async def test_a_new_message_opens_the_window_anew(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    for number in range(2):
        await sent(core, talk, Text(str(number)), str(number))
    await core.hear(opens="message")
    assert (await sent(core, talk, Text("2"), "2")).state is ACCEPTED


async def test_a_window_ends_with_its_time_as_the_customer_began_it(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    core.clock.forward(timedelta(hours=48, seconds=1))
    assert (await sent(core, talk, Text("zu spät"), "1")).error_kind == WindowClosed.kind


async def test_the_window_that_ends_first_is_used_first(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    await core.accept(
        ContactChanged(key="f", address=LI, change=ContactChange.FOLLOWED, occurred_at=NOW, opens="follow")
    )
    rows = [await sent(core, talk, Text(str(number)), str(number)) for number in range(4)]
    assert [row.spent for row in rows] == ["follow", "message", "message", ""]


async def test_what_the_provider_did_not_take_costs_nothing(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    core.provider.answers.append(ProviderUnavailable("down"))
    row = await sent(core, talk, Text("1"), "1")
    assert (row.state, row.spent) == (PENDING, "")
    core.clock.forward(timedelta(minutes=1))
    await core.interactive.drain()
    assert [row.remaining for row in await core.rows(tables.windows)] == [1]


async def test_the_provider_knows_better(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    core.provider.answers.append(WindowClosed("45015"))
    await sent(core, talk, Text("1"), "1")
    assert (await sent(core, talk, Text("2"), "2")).error_kind == WindowClosed.kind
    assert core.provider.texts() == ["1"]


async def test_who_leaves_closes_every_window(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    await core.accept(ContactChanged(key="u", address=LI, change=ContactChange.UNFOLLOWED, occurred_at=NOW))
    assert (await sent(core, talk, Text("1"), "1")).error_kind == WindowClosed.kind


async def test_a_registered_template_needs_no_window(core: Core) -> None:
    talk = await a_conversation_with_windows(core, opens="")
    assert (await sent(core, talk, Template("t", "您的快递到了"), "1")).state is ACCEPTED


async def test_a_consent_is_spent_once_and_given_back_when_nothing_was_sent(core: Core) -> None:
    talk = await a_conversation_with_windows(core)
    notice = Template("t", "您的快递到了", once=True)
    await core.accept(ConsentChanged(key="c", address=LI, template="t", count=1, occurred_at=NOW))
    core.provider.answers.append(ProviderUnavailable("down"))
    first = await sent(core, talk, notice, "1")
    core.clock.forward(timedelta(minutes=1))
    await core.interactive.drain()
    second = await sent(core, talk, notice, "2")
    states = [(await core.delivery(DeliveryId(row.id))).state for row in (first, second)]
    assert states == [ACCEPTED, FAILED]
    assert len(core.provider.sent) == 2


@pytest.mark.parametrize(("automatic", "state"), [(True, SUPPRESSED), (False, ACCEPTED)])
async def test_who_opted_out_is_sent_only_what_a_person_writes(
    core: Core, automatic: bool, state: DeliveryState
) -> None:
    talk = await core.conversation((await core.hear()).conversation_id)
    await core.accept(ContactChanged(key="o", address=LI, change=ContactChange.OPTED_OUT, occurred_at=NOW))
    assert (await sent(core, talk, Text("1"), "1", automatic=automatic)).state is state


async def test_what_is_refused_holds_up_nothing_behind_it(core: Core) -> None:
    """A round in which every part was refused is not the last one: there may be more."""
    talk = await a_conversation_with_windows(core, opens="")
    rows = [await post(core, talk, Text(str(number)), str(number)) for number in range(3)]
    assert await core.interactive.drain() == 3
    assert [(await core.delivery(row.id)).state for row in rows] == [FAILED] * 3


async def test_two_processes_cannot_spend_the_same_part_of_a_window(core: Core, other: Core) -> None:
    talk = await a_conversation_with_windows(core)
    spent = await asyncio.gather(
        *(each.database.write(windows.spend, SMS, talk.address, NOW) for each in (core, other) for _ in range(3))
    )
    assert sorted(filter(None, spent)) == ["message", "message"]
    assert [row.remaining for row in await core.rows(tables.windows)] == [0]
