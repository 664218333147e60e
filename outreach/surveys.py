"""Satisfaction surveys (满意度调查): written down when a conversation is resolved, asked later, never in rest time.

The invitation is a row from the first moment; jobs only look for rows that are due. It is sent once, on the channel
the customer used last, and its answer is a score on the conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.conversation import OPEN, Conversation, ConversationState
from conversations.errors import NotSendable
from conversations.events import Event, EventKind
from conversations.ids import AccountId, ConversationId, InvitationId, UserId, new_id
from conversations.message import Lane
from conversations.parts import Choice, Part, Text
from exchange import outbox
from exchange.accounts import AccountBook
from exchange.arrivals import Heard
from outreach.answers import could_answer, question, read_score
from outreach.quiet import Spans, quiet_until
from storage import consents, contacts, conversations, invitations, joining
from storage.database import Database, Transaction
from storage.invitations import Invitation, InvitationState
from templates.renderer import render_shipped


@dataclass(frozen=True)
class SurveyPolicy:
    """When to ask, for how long an answer counts, and when people rest."""

    delay: timedelta
    expires: timedelta
    quiet: Spans
    zone: ZoneInfo
    language: str


class Surveys:
    """Asks, and takes the answers."""

    def __init__(self, database: Database, accounts: AccountBook, clock: Clock, policy: SurveyPolicy) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._policy = policy

    def invite(self, transaction: Transaction, conversation: Conversation, agent_id: UserId, now: datetime) -> None:
        """Write down that this resolving will be asked about, in the transaction that resolves."""
        invitation = Invitation(
            id=InvitationId(new_id()),
            conversation_id=conversation.id,
            contact_id=conversation.contact_id,
            agent_id=agent_id,
            resolved_at=now,
            state=InvitationState.DUE,
            due_at=now + self._policy.delay,
        )
        invitations.add(transaction, invitation)

    async def due(self) -> list[InvitationId]:
        """What should be asked now."""
        return await self._database.read(invitations.due, self._clock())

    async def send(self, invitation_id: InvitationId) -> None:
        """Ask, or postpone, or excuse with a reason. Doing it twice asks once."""
        await self._database.write(self._send, invitation_id, self._clock())

    async def expire(self) -> int:
        """Close questions that nobody answered in time. Returns how many."""
        return await self._database.write(_expire, self._clock())

    def take_answers(
        self, transaction: Transaction, heard: Sequence[Heard]
    ) -> Mapping[tuple[AccountId, str], ConversationId]:
        """Pick answers out of what customers say (`exchange.recording.Asides`)."""
        candidates = [each for each in heard if could_answer(each.message.parts)]
        if not candidates:
            return {}
        asked = invitations.awaiting_answer(transaction, [each.contact_id for each in candidates])
        taken: dict[tuple[AccountId, str], ConversationId] = {}
        for each in candidates:
            invitation = asked.get(each.contact_id)
            score = None if invitation is None else _score(transaction, invitation, each)
            if invitation is not None and score is not None:
                del asked[each.contact_id]
                self._answer(transaction, invitation, score, each)
                taken[each.mark] = invitation.conversation_id
        return taken

    def _answer(self, transaction: Transaction, invitation: Invitation, score: int, heard: Heard) -> None:
        now = heard.received_at
        invitations.change(
            transaction,
            invitation.id,
            {"state": InvitationState.ANSWERED, "answered_at": now, "score": score},
        )
        conversations.change(transaction, invitation.conversation_id, {"score": score, "changed_at": now})
        _tell(transaction, EventKind.SURVEY_ANSWERED, invitation, now, f"score {score}", heard.trace)
        self._thank(transaction, invitation, heard)

    def _thank(self, transaction: Transaction, invitation: Invitation, heard: Heard) -> None:
        """Where a tap is free. An SMS of thanks would cost money, a mail of thanks is a nuisance."""
        conversation = conversations.lock(transaction, invitation.conversation_id)
        endpoint = self._accounts.get(heard.account_id)
        if conversation is None or endpoint is None or not endpoint.channel.capabilities.menus:
            return
        thanks: tuple[Part, ...] = (Text(render_shipped("survey/thanks.txt", self._language(conversation), {})),)
        draft = outbox.automatic(conversation, thanks, thanks, "survey", f"survey-thanks-{invitation.id}")
        outbox.post(transaction, conversation, draft, heard.received_at, heard.trace)

    def _send(self, transaction: Transaction, invitation_id: InvitationId, now: datetime) -> None:
        invitation = invitations.lock(transaction, invitation_id)
        if invitation is None or invitation.state is not InvitationState.DUE or invitation.due_at > now:
            return
        conversation = conversations.lock(transaction, invitation.conversation_id)
        until = quiet_until(self._policy.quiet, self._policy.zone, now)
        excuse = _excuse(transaction, invitation, conversation)
        if excuse or conversation is None:
            _excused(transaction, invitation, excuse)
        elif until is not None:
            values = {"due_at": until, "reason": "waits for the end of quiet hours"}
            invitations.change(transaction, invitation.id, values)
        else:
            self._ask(transaction, invitation, conversation, now)

    def _ask(self, transaction: Transaction, invitation: Invitation, conversation: Conversation, now: datetime) -> None:
        parts: tuple[Part, ...] = (question(invitation.id, self._language(conversation)),)
        endpoint = self._accounts.get(conversation.account_id)
        if endpoint is None:
            _excused(transaction, invitation, "the account is gone")
            return
        try:
            planned = endpoint.channel.plan(parts)
        except NotSendable as error:
            _excused(transaction, invitation, str(error))
            return
        draft = outbox.automatic(conversation, parts, planned, "survey", f"survey-{invitation.id}", Lane.BULK)
        outbox.post(transaction, conversation, draft, now, trace=invitation.id)
        invitations.change(
            transaction,
            invitation.id,
            {
                "state": InvitationState.SENT,
                "sent_at": now,
                "expires_at": now + self._policy.expires,
                "reason": "",
            },
        )
        _tell(transaction, EventKind.SURVEY_SENT, invitation, now, "", invitation.id)

    def _language(self, conversation: Conversation) -> str:
        return conversation.language or self._policy.language


def _score(transaction: Transaction, invitation: Invitation, heard: Heard) -> int | None:
    """The score in what was said. Typed digits count only while nobody talks with the person: else they answer us."""
    if invitation.expires_at is None or invitation.expires_at <= heard.received_at:
        return None
    if not isinstance(heard.message.parts[0], Choice) and _is_talked_with(transaction, invitation):
        return None
    return read_score(heard.message.parts, invitation.id)


def _is_talked_with(transaction: Transaction, invitation: Invitation) -> bool:
    asked_about = conversations.lock(transaction, invitation.conversation_id)
    current = joining.joinable(transaction, [invitation.contact_id])
    return (asked_about is not None and asked_about.state in OPEN) or any(
        each.state in OPEN for each in current.values()
    )


def _excuse(transaction: Transaction, invitation: Invitation, conversation: Conversation | None) -> str:
    """Why this resolving is not asked about, or nothing."""
    if conversation is None:
        return "the conversation is gone"
    if conversation.state not in (ConversationState.RESOLVED, ConversationState.CLOSED):
        return "the conversation was taken up again"
    if conversation.resolved_at != invitation.resolved_at:
        return "the conversation was resolved again later"
    if not contacts.is_reachable(transaction.connection, conversation.address):
        return "the customer left this channel"
    if consents.has_opted_out(transaction.connection, conversation.account_id, conversation.address):
        return "the customer wants nothing they did not ask for"
    return ""


def _excused(transaction: Transaction, invitation: Invitation, reason: str) -> None:
    invitations.change(transaction, invitation.id, {"state": InvitationState.EXCUSED, "reason": reason})


def _expire(transaction: Transaction, now: datetime) -> int:
    overdue = invitations.overdue(transaction, now)
    for invitation in overdue:
        invitations.change(transaction, invitation.id, {"state": InvitationState.EXPIRED})
    return len(overdue)


def _tell(
    transaction: Transaction, kind: EventKind, invitation: Invitation, now: datetime, reason: str, trace: str
) -> None:
    transaction.emit(
        Event(
            kind=kind,
            at=now,
            actor="survey" if kind is EventKind.SURVEY_SENT else "contact",
            conversation_id=invitation.conversation_id,
            contact_id=invitation.contact_id,
            subject_id=invitation.id,
            reason=reason,
            trace=trace,
        )
    )
