"""The notice board: supervisors publish, everybody reads; nobody goes ready before they have read what they must."""

from collections.abc import Iterable
from datetime import datetime

from conversations.clock import Clock
from conversations.events import Event, EventKind
from conversations.ids import NoticeId, QueueId, UserId, new_id
from conversations.notices import Notice
from conversations.people import User
from desk.errors import FirstDo, NotFound, Refused
from storage import notices, queues
from storage.database import Connection, Database, Transaction

LONGEST_TITLE = 120
LONGEST_TEXT = 10_000


class Notices:
    """Each step has its event."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def publish(
        self,
        by: User,
        title: str,
        text: str,
        *,
        must_read: bool = False,
        until: datetime | None = None,
        queue_ids: Iterable[QueueId] = (),
    ) -> Notice:
        """Put one on the board. Raises `NotFound` and `Refused`."""
        now, wanted = self._clock(), frozenset(queue_ids)
        if not (0 < len(title) <= LONGEST_TITLE and 0 < len(text) <= LONGEST_TEXT):
            raise Refused("A notice has a title of at most 120 characters, and a text of at most 10,000.")
        if until is not None and until <= now:
            raise Refused("This day is over already.")
        notice = Notice(
            id=NoticeId(new_id()),
            title=title,
            text=text,
            must_read=must_read,
            author_id=by.id,
            published_at=now,
            until=until,
            queue_ids=wanted,
        )

        def change(transaction: Transaction) -> None:
            if wanted - {queue.id for queue in queues.listed(transaction.connection)}:
                raise NotFound("There is no such queue.")
            notices.add(transaction, notice)
            _tell(transaction, EventKind.NOTICE_PUBLISHED, notice, by.id, now)

        await self._database.write(change)
        return notice

    async def withdraw(self, by: User, notice_id: NoticeId) -> None:
        """Take one off the board; who has read it stays known. Raises `NotFound`."""

        def change(transaction: Transaction) -> None:
            notice = _known(transaction.connection, notice_id)
            notices.end(transaction, notice_id, self._clock())
            _tell(transaction, EventKind.NOTICE_WITHDRAWN, notice, by.id, self._clock())

        await self._database.write(change)

    async def read(self, user: User, notice_id: NoticeId) -> None:
        """Say that one has read it. Raises `NotFound`."""

        def change(transaction: Transaction) -> None:
            notice = _known(transaction.connection, notice_id)
            if notices.read(transaction, notice_id, user.id, self._clock()):
                _tell(transaction, EventKind.NOTICE_READ, notice, user.id, self._clock())

        await self._database.write(change)


def check_read(connection: Connection, user: User, now: datetime) -> None:
    """Nobody begins to work without the news that they must know. Raises `FirstDo`."""
    titles = [f"“{each.title}”" for each in notices.unread(connection, user, now) if each.must_read]
    if titles:
        raise FirstDo("notices", f"Read the notices first: {', '.join(titles)}.")


def _known(connection: Connection, notice_id: NoticeId) -> Notice:
    notice = notices.get(connection, notice_id)
    if notice is None:
        raise NotFound("There is no such notice.")
    return notice


def _tell(transaction: Transaction, kind: EventKind, notice: Notice, by: UserId, now: datetime) -> None:
    transaction.emit(
        Event(kind=kind, at=now, actor=by, subject_id=notice.id, reason=notice.title, data={"must": notice.must_read})
    )
