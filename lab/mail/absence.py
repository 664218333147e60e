"""What state the customers' mailboxes are in, and the answers of those who are away (RFC 3834)."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from typing import Any

from conversations.ids import new_id
from lab.books import Customer, Heard, Said
from lab.config import AccountConfig
from lab.mail.carrier import Carrier, Envelope
from lab.people import MAIL_DOMAIN
from lab.world import World


class State(StrEnum):
    """A mailbox takes mail, does not exist, is full, or belongs to somebody who is away."""

    NORMAL = "normal"
    GONE = "gone"
    FULL = "full"
    AWAY = "away"


REFUSALS = {
    State.GONE: "550 5.1.1 no such user here",
    State.FULL: "452 4.2.2 the mailbox is full",
}


class Mailstates:
    """The state of each mailbox: normal, until told otherwise."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._states: dict[str, State] = {}

    def of(self, mailbox: str) -> State:
        """How it is with this mailbox."""
        return self._states.get(mailbox.lower(), State.NORMAL)

    def change(self, account: AccountConfig, asked: Mapping[str, Any]) -> str:
        """The command `mailbox`: `customer` and `state`. Raises KeyError or ValueError for what there is not."""
        state = State(asked["state"])
        self._states[self._world.people.named(asked["customer"]).mailbox] = state
        return state


class Absence:
    """Answers for people who are away, as RFC 3834 wants it: once to each sender, and never to a program."""

    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self._carrier = carrier
        self._answered: set[tuple[str, str]] = set()

    async def answer(self, heard: Heard, customer: Customer, mail: EmailMessage, sender: str) -> None:
        """Say that the customer is away, to the sender on the envelope (RFC 3834 §4)."""
        once = (customer.mailbox, heard.account)
        if not sender or _is_automatic(mail) or once in self._answered:
            return
        self._answered.add(once)
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=heard.account,
            customer=customer.name,
            kind="absence",
            key="",
            subject=f"Automatic reply: {heard.subject}",
        )
        self._world.books.write(said)
        raw = _write(said, customer, heard, sender)
        await self._carrier.deliver(Envelope(about=said.id, sender="", to=sender, raw=raw))


def _is_automatic(mail: EmailMessage) -> bool:
    return str(mail["Auto-Submitted"] or "no").lower() != "no" or "List-Unsubscribe" in mail or "List-Id" in mail


def _write(said: Said, customer: Customer, heard: Heard, sender: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = customer.mailbox
    mail["To"] = sender
    mail["Subject"] = said.subject
    mail["Date"] = format_datetime(said.at)
    mail["Message-ID"] = make_msgid(domain=MAIL_DOMAIN)
    mail["In-Reply-To"] = heard.key
    mail["Auto-Submitted"] = "auto-replied (vacation)"
    mail.set_content("我正在休假，下周一回复您。\n")
    return mail.as_bytes()
