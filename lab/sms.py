"""What the SMS providers of the lab share: customers' phones, approved templates, and when receipts come."""

import asyncio
import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from conversations.ids import new_id
from lab.approved import approved
from lab.books import Heard, Reported, Said
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.webhook import Post, Push
from lab.world import CannotSay, Command, Delivery, Saying, World

CHINA = ZoneInfo("Asia/Shanghai")
UNITS_OF_ONE, UNITS_OF_MANY = 70, 67

_VARIABLE = re.compile(r"\$?\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A message that a provider took over for one phone.

    `failure` is the code with which it will fail, empty if it arrives; `reference` is what the product gave along.
    """

    account: AccountConfig
    phone: str
    heard: Heard
    reference: str
    failure: str


Tell = Callable[[list[Sms]], Awaitable[None]]


class Reports:
    """What became of messages, told in the manner that is set: `tell` carries it to the product, once."""

    def __init__(self, world: World, kind: str, tell: Tell) -> None:
        self._world = world
        self._kind = kind
        self._tell = tell
        self._turns = itertools.count()

    def take(
        self,
        account: AccountConfig,
        phone: str,
        text: str,
        key: str,
        reference: str = "",
        medium: str = "",
        passive: bool = False,
    ) -> Sms:
        """Show a message on a phone, and decide what will become of it."""
        heard = Heard(
            id=new_id(),
            at=self._world.clock(),
            account=account.id,
            customer=self._world.people.with_phone(phone).name,
            kind="image" if medium else "sms",
            key=key,
            text=text,
            medium=medium,
            passive=passive,
        )
        self._world.books.write(heard)
        manner = self._world.manners[self._kind]
        failure = manner.failure_code if manner.receipts is Receipts.FAILED else ""
        return Sms(account=account, phone=phone, heard=heard, reference=reference, failure=failure)

    async def report(self, sent: list[Sms]) -> None:
        """Say what became of these messages when it is time; only an early receipt is waited for."""
        if self._world.manners[self._kind].receipts is Receipts.EARLY:
            await self._told(sent)
        else:
            self._world.errands.run(self._told(sent))

    def reported(self, sms: Sms, code: str) -> Reported:
        """Write down that the product is told of this message."""
        reported = Reported(
            id=new_id(),
            at=self._world.clock(),
            account=sms.account.id,
            customer=sms.heard.customer,
            key=sms.heard.key,
            success=not sms.failure,
            code=code,
        )
        self._world.books.write(reported)
        return reported

    async def _told(self, sent: list[Sms]) -> None:
        for pause in pauses(self._world, self._kind, self._turns):
            await asyncio.sleep(pause)
            await self._tell(sent)


def pauses(world: World, kind: str, turns: Iterator[int]) -> tuple[float, ...]:
    """Seconds before each time that a receipt is given; of swapped ones every other is held back, by `turns`."""
    receipts, timings = world.manners[kind].receipts, world.config.timings
    soon, late = timings.receipt_after, timings.receipt_late
    if receipts is Receipts.SWAPPED:
        return (late if next(turns) % 2 == 0 else soon,)
    return {
        Receipts.NORMAL: (soon,),
        Receipts.EARLY: (0.0,),
        Receipts.LATE: (late,),
        Receipts.TWICE: (soon, 0.0),
        Receipts.FAILED: (soon,),
        Receipts.NEVER: (),
    }[receipts]


class SmsPhone:
    """The customers' phones: they can write. `deliver` carries what they wrote to the product."""

    def __init__(self, world: World, deliver: Callable[[AccountConfig, Said], Delivery]) -> None:
        self._world = world
        self._deliver = deliver

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer texted."""
        if not saying.text:
            raise CannotSay("an SMS needs words")
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind="text",
            key=str(secrets.randbits(40)),
            text=saying.text,
        )
        self._world.books.write(said)
        return said, self._deliver(saying.account, said)


class Templates:
    """What a provider has approved, in an account's settings or by command; variables are `${name}` or `{1}`."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str], str] = {}

    def text(self, account: AccountConfig, name: str) -> str | None:
        """The text of one; None if it was never approved."""
        return self._texts.get((account.id, name)) or approved(account).get(name)

    def command(self) -> Command:
        """What an operator gets approved: `name` and `text`. Raises ValueError without them."""
        return self._approve

    def _approve(self, account: AccountConfig, asked: Mapping[str, Any]) -> object:
        name, text = asked.get("name"), asked.get("text")
        if not isinstance(name, str) or not isinstance(text, str):
            raise ValueError("a template has a name and a text")
        self._texts[account.id, name] = text
        return {"approved": name}


def variables_of(text: str) -> list[str]:
    """The names of a template's variables, in order."""
    return _VARIABLE.findall(text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template's text with its values."""
    return _VARIABLE.sub(lambda found: values[found[1]], text)


def segments(text: str) -> int:
    """How many messages China counts for a text with its signature: 70 UTF-16 units, or 67 in each of several."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= UNITS_OF_ONE else -(-units // UNITS_OF_MANY)


def china_time(at: datetime) -> str:
    """Times without a zone, which are China's."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


async def call_back(world: World, account: AccountConfig, about: str, content: object, *, zero: str) -> None:
    """Tell the product something in JSON, unsigned, until it answers with 0 under the name `zero`."""
    post = Post(
        url=world.config.webhook(account.id),
        query={"secret": account.settings["callback_secret"]},
        content_type="application/json;charset=utf-8",
        body=orjson.dumps(content),
    )
    timings = world.config.timings
    await world.webhooks.push(
        Push(
            about=about,
            compose=lambda: post,
            content=lambda status, body: status == 200 and _is_zero(body, zero),
            deadline=timings.callback_deadline,
            pauses=timings.callback_pauses,
            thrice=world.manners[account.kind].thrice,
        )
    )


def _is_zero(body: bytes, name: str) -> bool:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and answer.get(name) == 0
