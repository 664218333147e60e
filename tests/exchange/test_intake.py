"""Intake: what was accepted is committed, once, whoever else writes at the same moment."""

import asyncio
import json
from datetime import timedelta

import pytest

from channels.contract import Parsed, WebhookRequest
from conversations.events import EventKind
from conversations.ids import QuarantineId
from conversations.inbound import ContactChange, ContactChanged, InboundEvent, Typing, Unknown
from conversations.parts import Media, MediaType, Text
from exchange.intake import Intake, ReplayRefused
from exchange.recording import Policy
from storage import quarantine, tables
from storage.database import Database, DatabaseUnavailable
from tests.support.builders import NOW
from tests.support.core import CHAT, HAN, LI, SMS, Core, a_saying
from tests.support.outage import away

SURROGATE = "a lone surrogate \ud800 cannot be written as UTF-8"


async def test_a_hundred_concurrent_redeliveries_of_ten_messages_store_ten(core: Core, other: Core) -> None:
    news = [a_saying(f"word {number}", address=LI if number % 2 else HAN) for number in range(10)]
    await asyncio.gather(
        *(process.accept(news[number % 10]) for number, process in zip(range(100), [core, other] * 50, strict=True))
    )
    stored = await core.rows(tables.messages)
    assert sorted(row.key for row in stored) == sorted(each.key for each in news)
    assert len(await core.story(EventKind.MESSAGE_RECEIVED)) == 10
    assert core.counted.intake["stored"] + other.counted.intake["stored"] == 10
    assert core.counted.intake["duplicate"] + other.counted.intake["duplicate"] == 90
    assert await core.rows(tables.quarantine) == []


async def test_one_transaction_serves_everybody_who_waits(core: Core) -> None:
    """Fifty requests at once: the first goes alone, all that came meanwhile go together."""
    await asyncio.gather(*(core.accept(a_saying()) for _ in range(50)))
    assert sum(core.counted.groups) == 50
    assert len(core.counted.groups) <= 2


async def test_accepted_means_visible_to_everybody(core: Core, other: Core) -> None:
    said = a_saying()
    await core.accept(said)
    assert (await other.message(said.key)).parts == said.parts


async def test_the_same_key_on_two_accounts_are_two_messages(core: Core) -> None:
    await core.accept(a_saying(key="1"), account=SMS)
    await core.accept(a_saying(key="1"), account=CHAT)
    assert len(await core.rows(tables.messages)) == 2


async def test_a_key_of_ours_is_no_key_of_theirs(core: Core) -> None:
    """A provider may name its message like we named ours."""
    heard = await core.hear()
    await core.post(await core.conversation(heard.conversation_id), "您好", key="7")
    await core.accept(a_saying(key="7"))
    assert len(await core.rows(tables.messages)) == 3


async def test_redelivery_changes_nothing(core: Core) -> None:
    said = a_saying()
    await core.accept(said)
    before = await core.rows(tables.conversations), await core.rows(tables.events)
    core.clock.forward(timedelta(minutes=1))
    await core.accept(said)
    assert (await core.rows(tables.conversations), await core.rows(tables.events)) == before


async def test_one_request_may_hold_one_message_twice(core: Core) -> None:
    said = a_saying()
    await core.accept(said, said)
    assert len(await core.rows(tables.messages)) == 1


async def test_a_nul_costs_no_message(core: Core) -> None:
    """PostgreSQL cannot keep one in a text; nobody means one."""
    said = await core.hear("a\0b", name="Li\0 Lei", subject="re\0fund")
    (contact,) = await core.rows(tables.contacts)
    conversation = await core.conversation(said.conversation_id)
    assert (said.parts, said.subject, contact.name) == ((Text("a\0b"),), "refund", "Li Lei")
    assert (conversation.subject, conversation.preview) == ("refund", "refund")
    assert (await core.conversation((await core.hear("c\0d")).conversation_id)).preview == "cd"


async def test_somebody_without_a_name_gets_the_first_one_they_say(core: Core) -> None:
    for name in ("", "Li Lei", "Somebody else"):
        await core.hear(name=name)
    (contact,) = await core.rows(tables.contacts)
    assert contact.name == "Li Lei"


async def test_what_cannot_be_stored_is_kept_raw_and_blocks_nobody(core: Core) -> None:
    bad, good = a_saying(address=HAN, name=SURROGATE), [a_saying(f"word {number}") for number in range(10)]
    await asyncio.gather(
        *(core.accept(each) for each in good[:5]),
        core.accept(bad, body=b"raw"),
        *(core.accept(each) for each in good[5:]),
    )
    stored = {row.key for row in await core.rows(tables.messages)}
    held = await core.database.read(quarantine.listed)
    assert stored == {each.key for each in good}
    assert [(each.body, each.account_id, each.trace, each.state) for each in held] == [
        (b"raw", SMS, "trace", quarantine.WAITING)
    ]


async def test_a_request_in_quarantine_is_stored_once_it_can_be_read(core: Core) -> None:
    """The cause is repaired, a person replays it, and it is settled."""
    held = await quarantined(core, {"key": "1", "from": "+8613800000001", "text": "123\ud800"})
    with pytest.raises(ReplayRefused):
        await core.intake.replay(held)
    await core.change_account(SMS, repaired="yes")
    await core.intake.replay(held)
    assert (await core.message("1")).parts == (Text("123\N{REPLACEMENT CHARACTER}"),)
    assert await core.database.read(quarantine.waiting) == 0
    with pytest.raises(ReplayRefused):
        await core.intake.replay(held)


async def quarantined(core: Core, said: dict[str, str]) -> QuarantineId:
    """A request that is read in a way that cannot be stored."""
    await core.accept(a_saying(SURROGATE), body=json.dumps(said).encode())
    (held,) = await core.database.read(quarantine.listed)
    return held.id


async def test_a_request_that_is_still_unreadable_stays_in_quarantine(core: Core) -> None:
    await core.accept(a_saying(SURROGATE), body=b"not even JSON")
    (held,) = await core.database.read(quarantine.listed)
    with pytest.raises(ReplayRefused, match="PayloadUnreadable"):
        await core.intake.replay(held.id)
    assert await core.database.read(quarantine.waiting) == 1


async def test_a_request_in_quarantine_is_whole(core: Core) -> None:
    """Everything that parsing needs comes back as it was."""
    request = WebhookRequest(
        method="POST", url="https://huiliu.example/x?a=1", query={"a": "1"}, headers={"b": "2"}, body=b"\0\xff",
        received_at=NOW,
    )  # fmt: skip
    await core.intake.accept(SMS, request, Parsed((a_saying(SURROGATE),)), "trace")
    (held,) = await core.database.read(quarantine.listed)
    assert (held.method, held.url, held.query, held.headers, held.body, held.received_at) == (
        "POST", request.url, {"a": "1"}, {"b": "2"}, b"\0\xff", NOW,
    )  # fmt: skip


async def test_a_database_that_is_away_is_the_providers_to_repeat(core: Core, database_url: str) -> None:
    """The provider is told to come again; nothing is in quarantine, and coming again stores it."""
    fresh = Database(database_url)
    policy = Policy(timedelta(hours=24), core.surveys.take_answers, core.accounts.window)
    intake = Intake(fresh, core.files, core.accounts, core.clock, policy, core.counted)
    request = WebhookRequest(method="POST", url="https://huiliu.example", received_at=NOW)
    said = Parsed((a_saying(),))
    async with away(database_url):
        with pytest.raises(DatabaseUnavailable):
            await intake.accept(SMS, request, said, "trace")
    await intake.accept(SMS, request, said, "trace")
    await fresh.close()
    assert len(await core.rows(tables.messages)) == 1
    assert await core.rows(tables.quarantine) == []


async def test_what_we_have_no_word_for_is_kept_raw_once(core: Core) -> None:
    news = Unknown(key="1", name="kf_create_session", occurred_at=NOW, raw="<xml/>")
    await core.accept(news)
    await core.accept(news)
    (row,) = await core.rows(tables.provider_events)
    assert (row.account_id, row.key, row.name, row.raw) == (SMS, "1", "kf_create_session", "<xml/>")
    (event,) = await core.story(EventKind.PROVIDER_EVENT)
    assert (event.reason, event.subject_id) == ("kf_create_session", SMS)


async def test_a_customer_who_leaves_and_comes_back_is_reachable_though_the_leaving_is_told_again(core: Core) -> None:
    left, came = (
        a_change(key, change) for key, change in (("1", ContactChange.UNFOLLOWED), ("2", ContactChange.FOLLOWED))
    )
    reachable = [await reachable_after(core, news) for news in (left, came, left, came)]
    assert reachable == [False, True, True, True]
    assert [event.reason for event in await core.story(EventKind.CONTACT_CHANGED)] == ["unfollowed", "followed"]


@pytest.mark.parametrize(
    ("change", "reachable"),
    [
        (ContactChange.FOLLOWED, True),
        (ContactChange.UNFOLLOWED, False),
        (ContactChange.OPTED_OUT, True),
        (ContactChange.OPTED_IN, True),
    ],
)
async def test_each_change_says_whether_the_customer_can_be_reached(
    core: Core, change: ContactChange, reachable: bool
) -> None:
    assert await reachable_after(core, a_change("1", change)) is reachable


def a_change(key: str, change: ContactChange) -> ContactChanged:
    return ContactChanged(key=key, address=LI, change=change, occurred_at=NOW)


async def reachable_after(core: Core, news: InboundEvent) -> bool:
    await core.accept(news)
    (identity,) = await core.rows(tables.identities)
    return bool(identity.reachable)


async def test_typing_is_not_stored(core: Core) -> None:
    before = await core.rows(tables.events)
    await core.accept(Typing(address=LI, occurred_at=NOW))
    assert await core.rows(tables.events) == before
    assert await core.rows(tables.contacts) == []


async def test_a_file_that_came_along_is_kept_and_described(core: Core) -> None:
    """The same bytes twice are kept once."""
    picture = Media(MediaType.IMAGE, name="a.png", mime="image/png", content=b"png")
    message = await core.hear(parts=(picture, picture))
    stored = message.parts[0]
    assert isinstance(stored, Media)
    assert await core.files.load(stored.digest) == b"png"
    assert (stored.name, stored.mime, stored.size, stored.content) == ("a.png", "image/png", 3, b"")
    assert [(row.digest, row.size) for row in await core.rows(tables.attachments)] == [(stored.digest, 3)]
    assert await core.rows(tables.fetches) == []
