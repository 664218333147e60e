"""The customers' mail server on its way out: it hands mail to the product's listener, and comes again after 4xx."""

import asyncio
import time
from dataclasses import dataclass

import aiosmtplib

from lab.books import Answered, Outcome
from lab.world import World


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """A mail with its envelope; `about` is the entry of the books that it belongs to. Reports have no sender."""

    about: str
    sender: str
    to: str
    raw: bytes


class Carrier:
    """Carries mail, and writes down how it was answered."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def deliver(self, envelope: Envelope) -> None:
        """Hand over until the product is content or refuses for good; three times at once in that manner."""
        if self._world.manners["email"].thrice:
            await asyncio.gather(*(self._hand_over(envelope, attempt) for attempt in (1, 2, 3)))
            return
        for attempt, pause in enumerate((*self._world.config.timings.mail_pauses, 0.0), start=1):
            if await self._hand_over(envelope, attempt):
                return
            await asyncio.sleep(pause)

    async def _hand_over(self, envelope: Envelope, attempt: int) -> bool:
        """One attempt; False if a mail server would try again."""
        started = time.monotonic()
        outcome, status, text = await self._submit(envelope)
        self._world.books.write(
            Answered(
                to=envelope.about,
                at=self._world.clock(),
                attempt=attempt,
                outcome=outcome,
                status=status,
                text=text,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
        )
        return status // 100 in (2, 5)

    async def _submit(self, envelope: Envelope) -> tuple[Outcome, int, str]:
        config = self._world.config
        server = aiosmtplib.SMTP(
            hostname=config.gateway_mail_host,
            port=config.gateway_mail_port,
            start_tls=False,
            timeout=config.timings.callback_deadline,
        )
        try:
            async with server:
                await server.mail(envelope.sender)
                await server.rcpt(envelope.to)
                answer = await server.data(envelope.raw)
        except aiosmtplib.SMTPResponseException as error:
            return Outcome.REFUSED, error.code, error.message
        except (aiosmtplib.SMTPException, OSError) as error:
            return Outcome.UNREACHABLE, 0, str(error)
        return Outcome.TAKEN, answer.code, answer.message
