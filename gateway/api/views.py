"""What the inbox is sent: rows of the database as JSON, with the names that people know."""

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.address import address_value
from conversations.conversation import Conversation
from conversations.deadlines import Deadline
from conversations.events import Event, EventKind
from conversations.faults import Machine, Report
from conversations.ids import AccountId, MachineId, MessageId
from conversations.message import RETRIABLE, AuthorKind, Delivery, Message
from conversations.parts import Html, Media, Part
from desk.timeline import Timeline
from gateway.api.codec import Json
from gateway.api.names import Names, account_view, contact_name
from gateway.api.people_views import block_view
from storage.inbox import View
from storage.invitations import Invitation
from storage.types import part_to_dict

TOLD = frozenset(
    (
        EventKind.CONVERSATION_OPENED,
        EventKind.CONVERSATION_QUEUED,
        EventKind.CONVERSATION_ASSIGNED,
        EventKind.CONVERSATION_JOINED,
        EventKind.CONVERSATION_OFFERED,
        EventKind.CONVERSATION_DECLINED,
        EventKind.CONVERSATION_MISSED,
        EventKind.CONVERSATION_ESCALATED,
        EventKind.CONVERSATION_RESOLVED,
        EventKind.CONVERSATION_REOPENED,
        EventKind.CONVERSATION_CLOSED,
        EventKind.CONVERSATION_WISHED,
        EventKind.FAULT_CHANGED,
        EventKind.FAULT_SETTLED,
        EventKind.DEADLINE_WARNED,
        EventKind.DEADLINE_BREACHED,
        EventKind.ABUSE_MARKED,
        EventKind.HAND_RAISED,
        EventKind.HAND_TAKEN,
        EventKind.HAND_LOWERED,
        EventKind.SURVEY_SENT,
        EventKind.SURVEY_ANSWERED,
    )
)
"""Events that stand in a timeline; what happens to messages is shown on the messages."""

_OURS = (AuthorKind.AGENT, AuthorKind.SUPERVISOR)


def conversation_row(conversation: Conversation, names: Names) -> Json:
    """One line of a list."""
    contact = names.contacts.get(conversation.contact_id)
    due = [_deadline(each) for each in names.deadlines.get(conversation.id, ())]
    return {
        **vars(conversation),
        "name": contact_name(contact, conversation, names),
        "queue": names.queues.get(conversation.queue_id or ""),
        "assignee": names.people.get(conversation.assignee_id or ""),
        "owner": names.people.get(conversation.owner_id or ""),
        "deadline": due[0] if due else None,
        "promises": [each for each in due if each["by_hand"]],
        **account_view(conversation.account_id, names),
    }


def message_view(message: Message, deliveries: Sequence[Delivery], names: Names) -> Json:
    """One thing said, and what became of each part of it."""
    # Whoever answered in the provider's own app is known by the provider's name for them.
    author = names.people.get(message.author_id, message.author_id) if message.author in _OURS else None
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "contact_id": message.contact_id,
        "direction": message.direction,
        "author": message.author,
        "author_name": author,
        "at": message.occurred_at,
        "received_at": message.received_at,
        "recalled_at": message.recalled_at,
        "subject": message.subject,
        # As the browser made it: the desk puts the conversation in front.
        "key": message.key.rpartition("/")[2],
        "state": message.state,
        "parts": [_part(part, position, message.id) for position, part in enumerate(message.parts)],
        "deliveries": [_delivery(each) for each in deliveries],
        **account_view(message.account_id, names),
    }


def event_view(event: Event, names: Names) -> Json:
    """One line of the story between the messages."""
    return {
        "position": event.position,
        "kind": event.kind,
        "at": event.at,
        "conversation_id": event.conversation_id,
        "actor": event.actor,
        "actor_name": names.people.get(event.actor),
        "assignee": names.people.get(str(event.data.get("assignee_id", ""))),
        "queue": names.queues.get(str(event.data.get("queue_id", ""))),
        "reason": event.reason,
        "sentence": event.data.get("sentence", event.reason),
        "values": event.data.get("values", {}),
        "steps": event.data.get("steps", []),
        "score": event.data.get("score"),
        "deadline": event.data.get("deadline"),
        "fault": event.data.get("fault"),
        "wish": event.data.get("wish"),
    }


def conversation_view(timeline: Timeline, names: Names) -> Json:
    """One conversation with everything around it."""
    contact = timeline.contact
    return {
        "conversation": conversation_row(timeline.conversation, names),
        "contact": {
            "id": contact.id,
            "name": contact_name(contact, timeline.conversation, names),
            "language": contact.language,
            "created_at": contact.created_at,
            "segment": contact.segment,
            "tags": contact.tags,
            "abusive": timeline.is_abusive,
            "block": timeline.block and block_view(timeline.block, names.people),
            "manager_id": contact.manager_id,
            "manager": names.people.get(contact.manager_id or ""),
        },
        "identities": [_identity(each, names) for each in timeline.identities],
        "messages": [message_view(each, timeline.deliveries.get(each.id, ()), names) for each in timeline.messages],
        "earlier": [conversation_row(each, names) for each in timeline.earlier],
        "invitations": [_invitation(each) for each in timeline.invitations],
        "has_machines": any(each.retired_at is None for each in timeline.machines.values()),
        "faults": [_fault(each, timeline.machines) for each in timeline.faults],
        "events": [event_view(each, names) for each in timeline.events if each.kind in TOLD],
    }


def _fault(report: Report, machines: Mapping[MachineId, Machine]) -> Json:
    return {**vars(report), "machine": machines[report.machine_id].name}


def counts_view(counts: Mapping[View, int]) -> Json:
    """How many conversations each list of work holds."""
    return {view.value: count for view, count in counts.items()}


def _deadline(deadline: Deadline) -> Json:
    return {
        "kind": deadline.kind,
        "by_hand": not deadline.policy_id,
        "note": deadline.note,
        "started_at": deadline.started_at,
        "due_at": deadline.due_at,
        "time_zone": deadline.time_zone,
        "about": deadline.about,
        "warned": deadline.warned_at is not None,
        "breached": deadline.breached_at is not None,
    }


def _part(part: Part, position: int, message_id: MessageId) -> Json:
    """A part; bytes and foreign HTML have addresses of their own instead of being inside."""
    if isinstance(part, Html):
        return {"kind": part.kind, "url": f"/api/v1/messages/{message_id}/html/{position}"}
    if isinstance(part, Media):
        url = f"/api/v1/messages/{message_id}/files/{part.digest}" if part.digest else None
        return {**part_to_dict(part), "url": url}
    return part_to_dict(part)


def _delivery(delivery: Delivery) -> Json:
    return {
        "id": delivery.id,
        "position": delivery.position,
        "state": delivery.state,
        "attempt": delivery.attempt,
        "error_kind": delivery.error_kind,
        "error_code": delivery.error_code,
        "error_text": delivery.error_text,
        "can_retry": delivery.state in RETRIABLE,
        "mailed_as": delivery.mailed_as,
    }


def _identity(identity: Mapping[str, Any], names: Names) -> Json:
    scheme, _, rest = identity["address"].partition(":")
    account, found, _ = rest.rpartition("/")
    return {
        "address": identity["address"],
        "reason": identity["reason"],
        "reachable": identity["reachable"],
        "opted_out": identity["opted_out"],
        "created_at": identity["created_at"],
        "scheme": scheme,
        "value": address_value(identity["address"]),
        "account": names.accounts[AccountId(account)].name if found and account in names.accounts else "",
    }


def _invitation(invitation: Invitation) -> Json:
    return {
        "id": invitation.id,
        "state": invitation.state,
        "reason": invitation.reason,
        "due_at": invitation.due_at,
        "sent_at": invitation.sent_at,
        "answered_at": invitation.answered_at,
        "score": invitation.score,
    }
