"""What an agent sees of one conversation: the person, everything said on every channel, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conversations.blocks import Block
from conversations.conversation import Contact, Conversation
from conversations.events import Event
from conversations.faults import Machine, Report
from conversations.ids import ConversationId, MachineId, MessageId
from conversations.message import Delivery, Message
from conversations.people import Scope
from storage import abuse, blocks, contacts, conversations, deliveries, events, faults, invitations, machines, messages
from storage.database import Connection
from storage.invitations import Invitation


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """One conversation with everything around it."""

    conversation: Conversation
    contact: Contact
    identities: Sequence[Mapping[str, Any]]
    messages: Sequence[Message]
    deliveries: Mapping[MessageId, Sequence[Delivery]]
    invitations: Sequence[Invitation]
    earlier: Sequence[Conversation]
    events: Sequence[Event]
    is_abusive: bool
    block: Block | None
    faults: Sequence[Report]
    machines: Mapping[MachineId, Machine]


def load(connection: Connection, scope: Scope, conversation_id: ConversationId, now: datetime) -> Timeline | None:
    """The timeline, or None when the conversation does not exist or is outside the scope.

    Messages are those of the person on all channels, as far as the scope reaches; events are this conversation's.
    """
    conversation = conversations.get(connection, conversation_id, scope)
    contact = None if conversation is None else contacts.get(connection, conversation.contact_id)
    if conversation is None or contact is None:
        return None
    said = messages.timeline(connection, contact.id, scope)
    all_of_them = conversations.of_contact(connection, contact.id, scope)
    return Timeline(
        conversation=conversation,
        contact=contact,
        identities=contacts.identities_of(connection, contact.id),
        messages=said,
        deliveries=deliveries.of_messages(connection, [message.id for message in said]),
        invitations=invitations.of_conversation(connection, conversation_id),
        earlier=[each for each in all_of_them if each.id != conversation_id],
        events=events.of_conversation(connection, conversation_id),
        is_abusive=abuse.is_abusive(connection, contact.id),
        block=blocks.of_contact(connection, contact.id, now),
        faults=faults.of_conversation(connection, conversation_id),
        machines={each.id: each for each in machines.listed(connection)},
    )
