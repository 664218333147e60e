"""What the customers' mail server reports later of mail it took over (RFC 3464): in the manner that is set.

Good news is not reported, as servers do unless they are asked.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from conversations.ids import new_id
from lab.books import Heard, Reported
from lab.mail.carrier import Carrier, Envelope
from lab.misbehaviour import Receipts
from lab.world import World

_REPORT = """From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>
To: {to}
Subject: {subject}
Date: {date}
Message-ID: <{id}@mx.customer.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{id}"

--{id}
Content-Type: text/plain; charset=utf-8

{words}

--{id}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; {words}

--{id}
Content-Type: text/rfc822-headers

{headers}
--{id}--
"""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A mail that was taken over for one customer; `sender` is the one on the envelope."""

    heard: Heard
    sender: str
    recipient: str
    headers: str


@dataclass(frozen=True)
class _Verdict:
    action: str
    code: str
    subject: str
    words: str


class MailReports:
    """Tells senders what became of their mail."""

    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self._carrier = carrier

    async def before_answer(self, taken: Taken) -> None:
        """Report at once, where the manner is to be too early."""
        if self._manner is Receipts.EARLY:
            await self._tell(taken, self._failed)

    async def later(self, taken: Taken) -> None:
        """Report when it is time, if there is anything to report. Mail without a sender is never reported on."""
        if taken.sender and self._manner in _LATER:
            await asyncio.sleep(self._world.config.timings.receipt_after)
            await _LATER[self._manner](self, taken)

    async def fail(self, taken: Taken) -> None:
        """It could not be delivered after all."""
        await self._tell(taken, self._failed)

    async def fail_twice(self, taken: Taken) -> None:
        """The same report, by two servers."""
        await self.fail(taken)
        await self.fail(taken)

    async def fail_late(self, taken: Taken) -> None:
        """It takes long, which is reported; in the end it fails."""
        await self._tell(taken, _DELAYED)
        await asyncio.sleep(self._world.config.timings.receipt_late)
        await self.fail(taken)

    @property
    def _manner(self) -> Receipts:
        return self._world.manners["email"].receipts

    @property
    def _failed(self) -> _Verdict:
        wanted = self._world.manners["email"].failure_code
        code = wanted if re.fullmatch(r"5\.\d+\.\d+", wanted) else "5.1.1"
        return _Verdict("failed", code, "Undelivered Mail Returned to Sender", f"550 {code} cannot be delivered")

    async def _tell(self, taken: Taken, verdict: _Verdict) -> None:
        reported = Reported(
            id=new_id(),
            at=self._world.clock(),
            account=taken.heard.account,
            customer=taken.heard.customer,
            key=taken.heard.key,
            success=verdict.action != "failed",
            code=verdict.code,
        )
        self._world.books.write(reported)
        raw = _write(taken, verdict, reported)
        await self._carrier.deliver(Envelope(about=reported.id, sender="", to=taken.sender, raw=raw))


_DELAYED = _Verdict("delayed", "4.4.1", "Delayed Mail (still being retried)", "451 4.4.1 the mailbox does not answer")

_LATER: Mapping[Receipts, Callable[[MailReports, Taken], Awaitable[None]]] = {
    Receipts.FAILED: MailReports.fail,
    Receipts.TWICE: MailReports.fail_twice,
    Receipts.LATE: MailReports.fail_late,
}


def _write(taken: Taken, verdict: _Verdict, reported: Reported) -> bytes:
    text = _REPORT.format(
        to=taken.sender,
        subject=verdict.subject,
        date=reported.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        id=reported.id,
        words=verdict.words,
        recipient=taken.recipient,
        action=verdict.action,
        code=verdict.code,
        headers=taken.headers,
    )
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
