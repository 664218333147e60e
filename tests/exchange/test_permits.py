"""Windows, consents and opt-outs: what they forbid never reaches the provider."""

import asyncio
from datetime import timedelta

import pytest

from conversations.conversation import Conversation
from conversations.errors import ProviderUnavailable, TooOften, WindowClosed
from conversations.ids import DeliveryId
from conversations.inbound import ConsentChanged, ContactChange, ContactChanged, Thread
from conversations.message import AuthorKind, Delivery, DeliveryState
from conversations.parts import Part, Template, Text
from exchange import outbox
from exchange.outbox import Draft
from storage import robots, tables, windows
from tests.support.builders import NOW
from tests.support.core import HAN, LI, SMS, Core

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


async def test_two_robots_that_answer_each_other_stop(core: Core) -> None:
    """Whatever their robot says of itself."""
    await core.change_account(SMS, brake="yes")
    rows = []
    for number in range(10):
        talk = await core.conversation((await core.hear("我不在办公室")).conversation_id)
        rows.append(await sent(core, talk, Text("已收到"), str(number), automatic=True))

    assert [row.state for row in rows] == [ACCEPTED] * 3 + [SUPPRESSED] * 7
    assert len(core.provider.sent) == 3
    assert rows[3].error_kind == TooOften.kind
    assert "More than 3 automatic messages within 1:00:00" in rows[3].error_text


async def test_the_brake_is_for_one_customer_and_lets_go_after_its_time(core: Core) -> None:
    await core.change_account(SMS, brake="yes")
    li = await core.conversation((await core.hear()).conversation_id)
    for number in range(4):
        await sent(core, li, Text("1"), str(number), automatic=True)
    han = await core.conversation((await core.hear(address=HAN)).conversation_id)

    assert (await sent(core, han, Text("1"), "han", automatic=True)).state is ACCEPTED
    assert (await sent(core, li, Text("1"), "person")).state is ACCEPTED
    core.clock.forward(timedelta(hours=1))
    assert (await sent(core, li, Text("1"), "later", automatic=True)).state is ACCEPTED
    await core.database.write(robots.forget, core.clock())
    assert {row.since for row in await core.rows(tables.automatic_parts)} == {core.clock()}


async def test_another_conversation_with_the_same_customer_does_not_let_the_brake_go(core: Core) -> None:
    await core.change_account(SMS, brake="yes")
    talks = [await core.conversation((await core.hear(thread=Thread())).conversation_id) for _ in range(4)]
    rows = [await sent(core, talk, Text("1"), talk.id, automatic=True) for talk in talks]

    assert len({talk.id for talk in talks}) == 4
    assert [row.state for row in rows] == [ACCEPTED] * 3 + [SUPPRESSED]


async def test_a_further_attempt_is_not_counted_again(core: Core) -> None:
    await core.change_account(SMS, brake="yes")
    talk = await core.conversation((await core.hear()).conversation_id)
    core.provider.answers.extend(ProviderUnavailable("down") for _ in range(5))
    row = await sent(core, talk, Text("1"), "1", automatic=True)
    for _ in range(5):
        core.clock.forward(timedelta(minutes=1))
        await core.interactive.drain()

    assert (await core.delivery(row.id)).state is ACCEPTED


async def test_two_processes_count_together(core: Core, other: Core) -> None:
    counted = await asyncio.gather(
        *(
            each.database.write(robots.count, SMS, "mailto:li@example.cn", NOW, timedelta(hours=1))
            for each in (core, other)
            for _ in range(3)
        )
    )
    assert sorted(counted) == [1, 2, 3, 4, 5, 6]


async def test_two_processes_cannot_spend_the_same_part_of_a_window(core: Core, other: Core) -> None:
    talk = await a_conversation_with_windows(core)
    spent = await asyncio.gather(
        *(each.database.write(windows.spend, SMS, talk.address, NOW) for each in (core, other) for _ in range(3))
    )
    assert sorted(filter(None, spent)) == ["message", "message"]
    assert [row.remaining for row in await core.rows(tables.windows)] == [0]
