"""What becomes of a submit_sm: it is checked, shown on the phone, answered and reported, in the manner that is set."""

import asyncio
from collections import defaultdict

from conversations.ids import new_id
from lab.books import Heard
from lab.config import AccountConfig
from lab.misbehaviour import Answers, Receipts
from lab.phones import read_phone
from lab.smpp import wire
from lab.smpp.link import Link
from lab.smpp.reports import Receipt, Reports, id_in_answers
from lab.smpp.submits import RECEIPT, Piece, Refuses, checked
from lab.smpp.switchboard import Switchboard
from lab.smpp.wire import ROK, Frame, ShortMessage
from lab.world import World

WINDOW = "10"
ANOTHER_LANGUAGE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"

EVERY_RECEIPT, FAILURES_ONLY = 1, 2


class Centre:
    """Takes messages over."""

    def __init__(self, world: World, switchboard: Switchboard) -> None:
        self._world = world
        self._switchboard = switchboard
        self._reports = Reports(world, switchboard.bring)
        self._puzzles: dict[tuple[str, str, bytes, int], dict[int, tuple[str, str]]] = defaultdict(dict)

    async def submit(self, link: Link, account: AccountConfig, frame: Frame) -> None:
        """Take one submit_sm, and answer it."""
        manner = self._world.manners["sms_smpp"]
        if manner.answers in (Answers.CUT, Answers.HTML):
            link.write(ANOTHER_LANGUAGE if manner.answers is Answers.HTML else b"")
            link.hang_up()
            return
        try:
            receipt, wanted = self._take(link, account, frame)
        except Refuses as refusal:
            self._switchboard.refused(refusal.status, str(refusal))
            link.answer(frame, refusal.status)
            return
        if wanted and manner.receipts is Receipts.EARLY:
            await self._reports.tell(account, receipt)
        await asyncio.sleep(manner.seconds if manner.answers is Answers.SLOW else 0)
        if manner.answers is Answers.LOST:
            link.hang_up()
        link.answer(frame, ROK, id_in_answers(receipt.id, account).encode() + b"\0")
        if wanted and manner.receipts is not Receipts.EARLY:
            self._world.errands.run(self._reports.tell(account, receipt))

    def _take(self, link: Link, account: AccountConfig, frame: Frame) -> tuple[Receipt, bool]:
        """The receipt that will be due, and whether it is wanted. Raises `Refuses`."""
        self._check_pace(link, account)
        message, piece = checked(frame.body, account)
        id, now = self._switchboard.new_id(), self._world.clock()
        self._show(account, message, piece, id_in_answers(id, account))
        receipt = Receipt(id=id, source=message.source, destination=message.destination, at=now)
        return receipt, self._is_wanted(message)

    def _is_wanted(self, message: ShortMessage) -> bool:
        fails = self._world.manners["sms_smpp"].receipts is Receipts.FAILED
        wanted = message.registered_delivery & RECEIPT
        return wanted == EVERY_RECEIPT or (wanted == FAILURES_ONLY and fails)

    def _check_pace(self, link: Link, account: AccountConfig) -> None:
        answers = self._world.manners["sms_smpp"].answers
        if len(link.outstanding) > int(account.settings.get("window", WINDOW)):
            raise Refuses(wire.RTHROTTLED, "the window is full")
        if answers is Answers.BUSY:
            raise Refuses(wire.RTHROTTLED, "too many messages a second")
        if answers is Answers.ERROR:
            raise Refuses(wire.RSYSERR, "the network is away")

    def _show(self, account: AccountConfig, message: ShortMessage, piece: Piece, id: str) -> None:
        """The phone shows a long message when it has all its pieces; the first one's name is the whole's."""
        phone = read_phone(message.destination.digits)
        puzzle = (account.id, phone, piece.reference, piece.total)
        known = self._puzzles[puzzle]
        known[piece.number] = (id, piece.words)
        if len(known) < piece.total:
            return
        del self._puzzles[puzzle]
        self._world.books.write(
            Heard(
                id=new_id(),
                at=self._world.clock(),
                account=account.id,
                customer=self._world.people.with_phone(phone).name,
                kind="sms",
                key=known[1][0],
                text="".join(words for _number, (_id, words) in sorted(known.items())),
            )
        )
