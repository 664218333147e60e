"""Who is who, and which conversation a word belongs to: the database decides, however many gateways listen."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from conversations.address import Address, mail_address, phone_address, visitor_address
from conversations.conversation import Contact, ConversationState
from conversations.events import EventKind
from conversations.ids import ContactId, UserId
from conversations.inbound import ContactChange, ContactChanged, Thread
from conversations.message import Message
from conversations.parts import plain_text
from conversations.people import Role, Scope
from desk import timeline
from exchange.entrances import SOON
from storage import contacts, tables
from storage.database import Transaction
from tests.support.builders import NOW, a_contact, a_user, store
from tests.support.core import CHAT, HAN, LI, MAIL, SMS, Core, a_saying

VISITOR = visitor_address(CHAT, "visitor")
MAILBOX = mail_address("li@example.com")
STRANGER = mail_address("stranger@example.com")

EVERYTHING = Scope(everything=True, user_id=UserId("test"), queue_ids=frozenset())


async def words(core: Core, heard: Message) -> list[str]:
    """The whole timeline around a message, as words."""
    found = await core.database.read(timeline.load, EVERYTHING, heard.conversation_id, core.clock())
    assert found is not None
    return [plain_text(message.parts) for message in found.messages]


async def resolve(core: Core, heard: Message) -> None:
    """A supervisor settles the matter of a message."""
    user = a_user(role=Role.SUPERVISOR)
    await core.database.write(store, user)
    await core.desk.resolve(user, heard.conversation_id, reason="test")


# One person, one conversation


async def test_words_of_one_person_join_one_conversation(core: Core) -> None:
    first, second = await core.hear("one"), await core.hear("two")
    assert first.conversation_id == second.conversation_id
    conversation = await core.conversation(first.conversation_id)
    assert (conversation.state, conversation.preview) == (ConversationState.NEW, "two")
    assert conversation.unanswered_since == first.received_at
    assert len(await core.story(EventKind.CONVERSATION_OPENED)) == 1


async def test_two_words_of_a_new_person_on_two_gateways_in_one_instant_make_one_of_each(
    core: Core, other: Core
) -> None:
    await asyncio.gather(*(process.hear(address=LI) for process in [core, other] * 10))
    assert len(await core.rows(tables.contacts)) == 1
    assert len(await core.rows(tables.conversations)) == 1
    assert len(await core.rows(tables.messages)) == 20
    assert await core.rows(tables.quarantine) == []


async def test_two_people_have_two_conversations(core: Core) -> None:
    heard = await asyncio.gather(core.hear(address=LI), core.hear(address=HAN))
    assert len({each.conversation_id for each in heard}) == len({each.contact_id for each in heard}) == 2


async def test_a_reply_goes_where_the_customer_wrote_last(core: Core) -> None:
    heard = await core.hear(address=VISITOR, account=CHAT, evidence=(LI,))
    before = await core.conversation(heard.conversation_id)
    await core.hear(address=LI, account=SMS)
    after = await core.conversation(heard.conversation_id)
    assert [(each.account_id, each.address) for each in (before, after)] == [(CHAT, VISITOR), (SMS, LI)]


# Evidence


async def test_a_chat_with_a_proved_phone_and_an_sms_from_it_are_one_person(core: Core) -> None:
    chat = await core.hear("chat", address=VISITOR, account=CHAT, evidence=(LI,))
    sms = await core.hear("sms", address=LI, account=SMS)
    assert (sms.contact_id, sms.conversation_id) == (chat.contact_id, chat.conversation_id)
    assert await words(core, sms) == ["chat", "sms"]


async def test_an_sms_and_then_a_chat_that_proves_the_phone_are_one_person(core: Core) -> None:
    sms = await core.hear("sms", address=LI, account=SMS)
    chat = await core.hear("chat", address=VISITOR, account=CHAT, evidence=(LI,))
    assert (sms.contact_id, sms.conversation_id) == (chat.contact_id, chat.conversation_id)
    assert await words(core, chat) == ["sms", "chat"]


async def test_two_people_who_prove_to_be_one_are_merged_and_nothing_is_lost(core: Core) -> None:
    sms = await core.hear("sms", address=LI, account=SMS)
    chat = await core.hear("chat", address=VISITOR, account=CHAT)
    assert sms.contact_id != chat.contact_id
    proof = await core.hear("it is me", address=VISITOR, account=CHAT, evidence=(LI,))
    assert proof.contact_id == sms.contact_id
    assert proof.conversation_id == sms.conversation_id
    assert await words(core, sms) == ["sms", "chat", "it is me"]
    (event,) = await core.story(EventKind.CONTACTS_MERGED)
    assert (event.contact_id, event.subject_id) == (sms.contact_id, chat.contact_id)
    assert LI in event.reason


async def test_what_is_known_about_either_is_known_about_the_one(core: Core) -> None:
    """The event says what came from the other one."""
    sms = await core.hear("sms", address=LI, account=SMS)
    chat = await core.hear("chat", address=VISITOR, account=CHAT)
    await core.database.write(contacts.describe, chat.contact_id, "VIP", ["regulator"], None)
    await core.hear("it is me", address=VISITOR, account=CHAT, evidence=(LI,))
    known = await core.database.read(contacts.get, sms.contact_id)
    assert known is not None
    assert (known.segment, known.tags) == ("VIP", ("regulator",))
    (event,) = await core.story(EventKind.CONTACTS_MERGED)
    assert event.data == {"taken": {"segment": "VIP", "tags": ["regulator"]}}


async def test_after_a_merge_both_addresses_join_the_same_conversation(core: Core) -> None:
    sms = await core.hear(address=LI, account=SMS)
    await core.hear(address=VISITOR, account=CHAT)
    await core.hear(address=VISITOR, account=CHAT, evidence=(LI,))
    joined = [await core.hear(address=LI, account=SMS), await core.hear(address=VISITOR, account=CHAT)]
    assert {each.conversation_id for each in joined} == {sms.conversation_id}


async def test_a_merged_person_keeps_the_only_open_conversation_there_is(core: Core) -> None:
    """The older contact only wrote a mail, whose thread nobody else joins: the younger one's conversation goes on."""
    await core.hear("mail", address=MAILBOX, account=MAIL, thread=Thread())
    chat = await core.hear("chat", address=VISITOR, account=CHAT)
    proof = await core.hear("it is me", address=VISITOR, account=CHAT, evidence=(MAILBOX,))
    assert proof.conversation_id == chat.conversation_id


async def test_a_proof_and_the_words_before_it_in_one_batch_are_one_person(core: Core) -> None:
    await asyncio.gather(
        core.hear("first", address=HAN),
        core.hear("sms", address=LI, account=SMS),
        core.hear("chat", address=VISITOR, account=CHAT),
        core.hear("it is me", address=VISITOR, account=CHAT, evidence=(LI,)),
    )
    contacts_of = {row.address: row.contact_id for row in await core.rows(tables.identities)}
    assert contacts_of[LI] == contacts_of[VISITOR] != contacts_of[HAN]
    assert {row.contact_id for row in await core.rows(tables.messages)} == set(contacts_of.values())


async def test_a_stored_contact_is_kept_though_another_clock_made_it_later(core: Core) -> None:
    """Ids are ordered by clocks, and clocks differ: the new one looks older, but is not stored."""
    known = a_contact(id=ContactId("f" * 32))
    await core.database.write(store_with_address, known, LI)
    first, proof = a_saying(address=VISITOR), a_saying(address=VISITOR, evidence=(LI,))
    await core.accept(first, proof)
    assert {row.contact_id for row in await core.rows(tables.messages)} == {known.id}
    assert await core.rows(tables.quarantine) == []


def store_with_address(transaction: Transaction, contact: Contact, address: Address) -> None:
    store(transaction, contact)
    transaction.connection.execute(
        insert(tables.identities).values(
            address=address,
            contact_id=contact.id,
            first_contact_id=contact.id,
            reason="test",
            created_at=contact.created_at,
        )
    )


async def test_words_that_come_while_two_people_are_merged_are_not_lost(core: Core, other: Core) -> None:
    """Whichever commits first, everything ends up with the one who is left."""
    for number in range(10):
        phone, visitor = phone_address(f"+86138{number:08}"), visitor_address(CHAT, f"visitor-{number}")
        sms, chat = await core.hear("sms", address=phone), await core.hear("chat", address=visitor, account=CHAT)
        await asyncio.gather(
            core.hear("proof", address=visitor, account=CHAT, evidence=(phone,)),
            other.hear("meanwhile", address=visitor, account=CHAT),
        )
        assert chat.contact_id not in {row.contact_id for row in await core.rows(tables.messages)}
        assert sorted(await words(core, sms)) == ["chat", "meanwhile", "proof", "sms"]
    assert await core.rows(tables.quarantine) == []


# Mail


async def test_a_mail_with_our_token_joins_its_conversation(core: Core) -> None:
    first = await core.hear(address=MAILBOX, account=MAIL, thread=Thread())
    answer = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(token=first.conversation_id))
    assert answer.conversation_id == first.conversation_id


async def test_a_mail_without_any_thread_opens_a_conversation_beside_the_open_one(core: Core) -> None:
    """Two matters by mail stay two."""
    first, second = [await core.hear(address=MAILBOX, account=MAIL, thread=Thread()) for _ in range(2)]
    assert first.conversation_id != second.conversation_id


async def test_references_join_for_the_same_person_even_to_what_we_sent(core: Core) -> None:
    first = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(), external_id="<theirs@example.com>")
    await core.post(await core.conversation(first.conversation_id), "您好")
    await core.interactive.drain()
    (ours,) = [row.external_id for row in await core.rows(tables.deliveries)]
    for reference in ("<theirs@example.com>", ours):
        thread = Thread(references=("<unknown@example.com>", reference))
        joined = await core.hear(address=MAILBOX, account=MAIL, thread=thread)
        assert joined.conversation_id == first.conversation_id


async def test_the_nearest_reference_counts(core: Core) -> None:
    heard = [
        await core.hear(address=MAILBOX, account=MAIL, thread=Thread(), external_id=name) for name in ("<1>", "<2>")
    ]
    joined = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(references=("<2>", "<1>")))
    assert joined.conversation_id == heard[1].conversation_id


@pytest.mark.parametrize("proof", ["token", "reference"])
async def test_a_stranger_who_knows_the_thread_opens_a_new_conversation(core: Core, proof: str) -> None:
    first = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(), external_id="<1>")
    thread = Thread(token=first.conversation_id) if proof == "token" else Thread(references=("<1>",))
    strange = await core.hear(address=STRANGER, account=MAIL, thread=thread)
    assert strange.conversation_id != first.conversation_id
    assert await words(core, first) == ["你好"]


async def test_a_token_of_nothing_opens_a_new_conversation(core: Core) -> None:
    heard = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(token="0" * 32))
    assert (await core.conversation(heard.conversation_id)).previous_id is None


async def test_a_mail_and_an_sms_of_one_person_are_two_matters(core: Core) -> None:
    mail = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(), evidence=(LI,))
    sms = await core.hear(address=LI)
    assert (mail.contact_id == sms.contact_id, mail.conversation_id == sms.conversation_id) == (True, False)


# Reopening


async def test_a_word_within_a_day_reopens_with_the_same_owner(core: Core) -> None:
    heard = await core.hear()
    await resolve(core, heard)
    core.clock.forward(timedelta(hours=23))
    again = await core.hear("and one more thing")
    conversation = await core.conversation(heard.conversation_id)
    assert again.conversation_id == heard.conversation_id
    assert (conversation.state, conversation.unanswered_since) == (ConversationState.QUEUED, core.clock.now)
    assert len(await core.story(EventKind.CONVERSATION_REOPENED)) == 1


async def test_a_word_after_a_day_opens_a_new_conversation_and_closes_the_old(core: Core) -> None:
    heard = await core.hear()
    await resolve(core, heard)
    core.clock.forward(timedelta(hours=24))
    new = await core.conversation((await core.hear()).conversation_id)
    old = await core.conversation(heard.conversation_id)
    assert (new.previous_id, new.state, old.state) == (old.id, ConversationState.NEW, ConversationState.CLOSED)
    assert [event.conversation_id for event in await core.story(EventKind.CONVERSATION_CLOSED)] == [old.id]
    assert (await core.hear()).conversation_id == new.id


async def test_a_mail_to_a_matter_of_last_week_opens_a_new_one_that_knows_it(core: Core) -> None:
    heard = await core.hear(address=MAILBOX, account=MAIL, thread=Thread())
    await resolve(core, heard)
    core.clock.forward(timedelta(days=7))
    again = await core.hear(address=MAILBOX, account=MAIL, thread=Thread(token=heard.conversation_id))
    assert (await core.conversation(again.conversation_id)).previous_id == heard.conversation_id


async def test_two_late_words_on_two_gateways_open_one_new_conversation(core: Core, other: Core) -> None:
    await resolve(core, await core.hear())
    core.clock.forward(timedelta(days=2))
    heard = await asyncio.gather(*(process.hear() for process in [core, other] * 5))
    assert len({each.conversation_id for each in heard}) == 1
    assert len(await core.rows(tables.conversations)) == 2


# How they came in


def a_scan(scene: str, key: str = "scan") -> ContactChanged:
    return ContactChanged(key=key, address=LI, change=ContactChange.FOLLOWED, occurred_at=NOW, detail=scene)


async def source(core: Core, heard: Message) -> str:
    return (await core.conversation(heard.conversation_id)).source


async def test_the_conversation_after_a_code_knows_its_scene(core: Core) -> None:
    for scene in ("branch-12", "branch-14"):
        await core.accept(a_scan(scene, key=scene))
    assert await source(core, await core.hear("hello")) == "branch-14"


async def test_a_code_and_the_first_words_in_one_request(core: Core) -> None:
    """As a page of WeCom's messages brings them."""
    await core.accept(a_scan("card"), a_saying("hello"))
    (heard,) = await core.rows(tables.messages)
    assert await source(core, heard) == "card"


async def test_who_writes_much_later_does_not_write_because_of_the_code(core: Core) -> None:
    await core.accept(a_scan("branch-12"))
    core.clock.forward(SOON + timedelta(seconds=1))
    assert await source(core, await core.hear("hello")) == ""


async def test_what_the_message_says_itself_counts_and_others_have_nothing_to_do_with_it(core: Core) -> None:
    await core.accept(a_scan("branch-12"))
    said = a_saying("hello", source="https://bank.example/cards")
    await core.accept(said)
    (heard,) = await core.rows(tables.messages)
    assert await source(core, heard) == "https://bank.example/cards"
    assert await source(core, await core.hear("hello", address=HAN)) == ""
