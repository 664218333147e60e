"""What happens besides messages: answers given elsewhere, recalls, consents, opt-outs."""

from datetime import timedelta

from conversations.address import Address
from conversations.events import EventKind
from conversations.inbound import ConsentChanged, ContactChange, ContactChanged, Recalled, SentElsewhere
from conversations.message import Direction
from conversations.parts import Text
from storage import consents, tables
from tests.support.builders import NOW
from tests.support.core import HAN, LI, SMS, Core


def elsewhere(key: str = "e-1") -> SentElsewhere:
    return SentElsewhere(
        key=key, address=LI, parts=(Text("在企业微信里回复"),), occurred_at=NOW, external_id=key, author="zhang"
    )


async def test_an_answer_given_elsewhere_joins_the_conversation_once(core: Core) -> None:
    heard = await core.hear("在吗")
    for _ in range(2):
        await core.accept(elsewhere())
    answers = [row for row in await core.rows(tables.messages) if row.direction == Direction.OUTBOUND]
    (answer,) = answers
    assert (answer.conversation_id, answer.author_id, answer.external_id) == (heard.conversation_id, "zhang", "e-1")
    conversation = await core.conversation(heard.conversation_id)
    assert (conversation.unanswered_since, conversation.preview) == (None, "在企业微信里回复")
    assert await core.interactive.drain() == 0


async def test_an_answer_to_nobody_we_know_is_kept_raw_once(core: Core) -> None:
    for _ in range(2):
        await core.accept(elsewhere())
    (row,) = await core.rows(tables.provider_events)
    assert (row.name, row.raw) == ("answered elsewhere", "在企业微信里回复")
    assert await core.rows(tables.messages) == []


async def test_a_recalled_message_is_marked_and_stays(core: Core) -> None:
    heard = await core.hear("打错了", external_id="m-1")
    recalled = Recalled(key="r-1", address=LI, external_id="m-1", occurred_at=NOW + timedelta(seconds=30))
    for _ in range(2):
        await core.accept(recalled)
    message = await core.message(heard.key)
    assert (message.recalled_at, message.parts) == (NOW + timedelta(seconds=30), heard.parts)
    (event,) = await core.story(EventKind.MESSAGE_CHANGED)
    assert (event.message_id, event.reason) == (heard.id, "recalled")


async def test_what_we_sent_may_be_recalled_by_its_providers_name(core: Core) -> None:
    posted = await core.post_to(LI)
    await core.interactive.drain()
    await core.accept(Recalled(key="r-1", address=LI, external_id="name-1", occurred_at=NOW))
    assert (await core.message_of(posted)).recalled_at == NOW


async def test_consents_are_counted_and_never_below_none(core: Core) -> None:
    async def left() -> list[int]:
        return [row.remaining for row in await core.rows(tables.consents)]

    for key, count, expected in (("1", 2, [2]), ("1", 2, [2]), ("2", -5, [0]), ("3", 1, [1])):
        await core.accept(ConsentChanged(key=key, address=LI, template="t", count=count, occurred_at=NOW))
        assert await left() == expected


async def test_opting_out_holds_for_one_customer_of_one_account_until_they_opt_in(core: Core) -> None:
    async def is_out(address: Address) -> bool:
        return await core.database.read(consents.has_opted_out, SMS, address)

    def a_word(key: str, change: ContactChange) -> ContactChanged:
        return ContactChanged(key=key, address=LI, change=change, occurred_at=NOW, detail="TD")

    await core.accept(a_word("1", ContactChange.OPTED_OUT))
    await core.accept(a_word("2", ContactChange.OPTED_OUT))
    assert (await is_out(LI), await is_out(HAN)) == (True, False)
    await core.accept(a_word("3", ContactChange.OPTED_IN))
    assert not await is_out(LI)
