"""The timeline: a person's words on all channels, as far as the reader's scope reaches."""

from conversations.address import mail_address
from conversations.ids import ConversationId, QueueId, UserId
from conversations.inbound import Thread
from conversations.parts import plain_text
from conversations.people import Role, Scope, scope_of
from desk import timeline
from storage import conversations, queues
from storage.database import Transaction
from tests.support.builders import NOW, a_user, store
from tests.support.core import LI, MAIL, Core

MAILBOX = mail_address("li@example.com")

EVERYTHING = Scope(everything=True, user_id=UserId("test"), queue_ids=frozenset())


def a_queue(transaction: Transaction, conversation_id: str) -> QueueId:
    queue = queues.add(transaction, "queue", NOW, "test")
    conversations.change(transaction, ConversationId(conversation_id), {"queue_id": queue})
    return queue


async def test_it_holds_everything_around_a_conversation(core: Core) -> None:
    mail = await core.hear("mail", address=MAILBOX, account=MAIL, thread=Thread(), evidence=(LI,))
    sms = await core.hear("sms")
    user = a_user(role=Role.SUPERVISOR)
    await core.database.write(store, user)
    reply = await core.desk.reply(user, sms.conversation_id, sms.parts, key="1")
    await core.desk.note(user, sms.conversation_id, "note", key="2")
    await core.interactive.drain()
    await core.desk.resolve(user, sms.conversation_id)
    found = await core.database.read(timeline.load, scope_of(user), sms.conversation_id, core.clock())
    assert found is not None
    assert [plain_text(message.parts) for message in found.messages] == ["mail", "sms", "sms", "note"]
    assert {identity["address"] for identity in found.identities} == {MAILBOX, LI}
    assert [part.state for part in found.deliveries[reply.id]] == ["accepted"]
    assert [conversation.id for conversation in found.earlier] == [mail.conversation_id]
    assert [invitation.conversation_id for invitation in found.invitations] == [sms.conversation_id]
    assert {event.conversation_id for event in found.events} == {sms.conversation_id}
    assert found.contact.id == sms.contact_id


async def test_it_ends_where_the_scope_ends(core: Core) -> None:
    """An agent sees the person's words in the queues of their own, and nothing of the others."""
    mail = await core.hear("mail", address=MAILBOX, account=MAIL, thread=Thread(), evidence=(LI,))
    sms = await core.hear("sms")
    queue = await core.database.write(a_queue, sms.conversation_id)
    scope = Scope(everything=False, user_id=UserId("agent"), queue_ids=frozenset((queue,)))
    found = await core.database.read(timeline.load, scope, sms.conversation_id, core.clock())
    assert found is not None
    assert ([plain_text(message.parts) for message in found.messages], found.earlier) == (["sms"], [])
    assert await core.database.read(timeline.load, scope, mail.conversation_id, core.clock()) is None


async def test_there_is_none_of_what_does_not_exist(core: Core) -> None:
    nothing = ConversationId("0" * 32)
    assert await core.database.read(timeline.load, EVERYTHING, nothing, core.clock()) is None
