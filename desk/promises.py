"""What agents promise to one customer: to be back in a moment, or at a time that was agreed."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from conversations.conversation import Conversation
from conversations.deadlines import Deadline, DeadlineKind, Outcome
from conversations.ids import ConversationId
from conversations.parts import Text
from conversations.people import User
from desk import moves
from desk.automatic import AutomaticReplies
from desk.errors import Refused
from desk.zones import zone_of_contact
from routing.clocks import promises
from routing.clocks.policies import read_policies
from storage import contacts, conversations
from storage.database import Database, Transaction
from templates.renderer import render_shipped

HOLD = timedelta(minutes=1)
"""How long a customer is left waiting in silence, unless a policy says otherwise."""

FARTHEST = timedelta(days=90)
"""What is promised for later than this is a slip of the pen."""

AGREED = (DeadlineKind.PROMISE, DeadlineKind.CALLBACK)
"""What a person promised, and a person has to do."""


def check_time(due_at: datetime, now: datetime) -> None:
    """Raises `Refused` for what nobody can promise."""
    if not now < due_at <= now + FARTHEST:
        raise Refused("Choose a time that is still to come, within 90 days.")


class Promises:
    """Every promise is told to the customer, in their language and time zone, and becomes a deadline.

    As long as their zone is not known, it is `zone`, that of the service.
    """

    def __init__(self, database: Database, clock: Clock, tell: AutomaticReplies, language: str, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._tell = tell
        self._language = language
        self._zone = zone

    async def hold(self, user: User, conversation_id: ConversationId) -> None:
        """Let the customer wait a moment. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            customer = contacts.many(transaction.connection, [held.contact_id])[held.contact_id]
            policy = read_policies(transaction.connection).of(held, customer)
            until = now + (policy.limits.get(DeadlineKind.HOLD, HOLD) if policy else HOLD)
            begun = promises.promise(transaction, held, DeadlineKind.HOLD, until, now, actor=user.id, reason="")
            self._say(transaction, held, begun, "promise/hold.txt", until, now)

        await self._act(user, conversation_id, change)

    async def resume(self, user: User, conversation_id: ConversationId) -> None:
        """Be back with the customer. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            if not promises.end(transaction, held, [DeadlineKind.HOLD], Outcome.MET, now, actor=user.id):
                raise Refused("This customer is not on hold.")

        await self._act(user, conversation_id, change)

    async def agree(self, user: User, conversation_id: ConversationId, due_at: datetime, note: str) -> None:
        """Promise to be back by then; whoever was on hold need not wait any more. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            check_time(due_at, now)
            promises.end(transaction, held, [DeadlineKind.HOLD], Outcome.MET, now, actor=user.id)
            zone = zone_of_contact(transaction.connection, held.contact_id, now) or self._zone
            told = {"actor": user.id, "reason": note, "time_zone": zone.key}
            new = promises.promise(transaction, held, DeadlineKind.PROMISE, due_at, now, **told)
            self._say(transaction, held, new, "promise/agreed.txt", due_at.astimezone(zone), now)

        await self._act(user, conversation_id, change)

    async def keep(self, user: User, conversation_id: ConversationId) -> None:
        """Say that what was promised is done. Raises `Refused` and `NotFound`."""

        def change(transaction: Transaction, held: Conversation, now: datetime) -> None:
            if not promises.end(transaction, held, AGREED, Outcome.MET, now, actor=user.id):
                raise Refused("Nothing is promised here.")
            conversations.change(transaction, held.id, {"wish": ""})

        await self._act(user, conversation_id, change)

    async def _act(self, user: User, conversation_id: ConversationId, change: moves.Change) -> None:
        await self._database.write(moves.act_on_open, user, conversation_id, change, self._clock())

    def _say(
        self,
        transaction: Transaction,
        held: Conversation,
        promised: Deadline,
        text: str,
        when: datetime,
        now: datetime,
    ) -> None:
        words = render_shipped(text, held.language or self._language, {"when": when})
        self._tell.tell(transaction, held, Text(words), f"promise-{promised.id}", now)
