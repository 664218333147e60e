"""What becomes of a SUBMIT: it is checked, shown on the phone, answered and reported, in the manner that is set."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

from conversations.ids import new_id
from lab.books import Heard
from lab.cmpp import submits
from lab.cmpp.link import Link
from lab.cmpp.reports import Report, Reports
from lab.cmpp.submits import Piece, Refuses, checked, decoded
from lab.cmpp.switchboard import Switchboard
from lab.cmpp.wire import Frame, Submission, write_result
from lab.config import AccountConfig
from lab.misbehaviour import Answers, Receipts
from lab.phones import read_phone
from lab.world import World

WINDOW = "16"
ANOTHER_LANGUAGE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How a SUBMIT is answered, and the reports that will be due, one for each phone."""

    result: int = 0
    msg_id: int = 0
    reports: tuple[Report, ...] = ()


class Gateway:
    """Takes messages over."""

    def __init__(self, world: World, switchboard: Switchboard) -> None:
        self._world = world
        self._switchboard = switchboard
        self._reports = Reports(world, switchboard.bring)
        self._puzzles: dict[tuple[str, str, bytes, int], dict[int, tuple[int, bytes]]] = defaultdict(dict)

    async def submit(self, link: Link, account: AccountConfig, frame: Frame) -> None:
        """Take one SUBMIT, and answer it."""
        manner = self._world.manners["sms_cmpp"]
        if manner.answers in (Answers.CUT, Answers.HTML):
            link.write(ANOTHER_LANGUAGE if manner.answers is Answers.HTML else b"")
            link.hang_up()
            return
        judgement = self._judged(link, account, frame)
        if manner.receipts is Receipts.EARLY:
            await self._reports.tell(account, judgement.reports)
        await asyncio.sleep(manner.seconds if manner.answers is Answers.SLOW else 0)
        if manner.answers is Answers.LOST:
            link.hang_up()
        link.answer(frame, write_result(judgement.msg_id, judgement.result, link.version))
        if manner.receipts is not Receipts.EARLY:
            self._world.errands.run(self._reports.tell(account, judgement.reports))

    def _judged(self, link: Link, account: AccountConfig, frame: Frame) -> Judgement:
        try:
            self._check_pace(link, account)
            submission, piece = checked(frame.body, account, link.version)
        except Refuses as refusal:
            self._switchboard.refused(refusal.result, str(refusal))
            return Judgement(result=refusal.result)
        return self._taken(account, submission, piece, link.version)

    def _check_pace(self, link: Link, account: AccountConfig) -> None:
        answers = self._world.manners["sms_cmpp"].answers
        if len(link.outstanding) > int(account.settings.get("window", WINDOW)):
            raise Refuses(submits.FLOW, "the window is full")
        if answers is Answers.BUSY:
            raise Refuses(submits.FLOW, "too many messages a second")
        if answers is Answers.ERROR:
            raise Refuses(submits.UNSENT, "the network is away")

    def _taken(self, account: AccountConfig, submission: Submission, piece: Piece, version: int) -> Judgement:
        msg_id, now = self._switchboard.new_msg_id(), self._world.clock()
        for phone in submission.phones:
            self._show(account, submission, piece, msg_id, phone)
        wanted = submission.phones if submission.registered_delivery == 1 else ()
        reports = (
            Report(msg_id=msg_id, phone=phone, src_id=submission.src_id, at=now, version=version) for phone in wanted
        )
        return Judgement(msg_id=msg_id, reports=tuple(reports))

    def _show(self, account: AccountConfig, submission: Submission, piece: Piece, msg_id: int, phone: str) -> None:
        """The phone shows a long message when it has all its pieces; the first one's name is the whole's."""
        puzzle = (account.id, phone, piece.reference, piece.total)
        known = self._puzzles[puzzle]
        known[piece.number] = (msg_id, piece.words)
        if len(known) < piece.total:
            return
        del self._puzzles[puzzle]
        words = b"".join(words for _number, (_id, words) in sorted(known.items()))
        self._world.books.write(
            Heard(
                id=new_id(),
                at=self._world.clock(),
                account=account.id,
                customer=self._world.people.with_phone(read_phone(phone)).name,
                kind="sms",
                key=str(known[1][0]),
                text=_signed(account, decoded(submission, words)),
            )
        )


def _signed(account: AccountConfig, text: str) -> str:
    ours = account.settings.get("signature_by", "us") == "us"
    return text if ours else f"【{account.settings['signature']}】{text}"
