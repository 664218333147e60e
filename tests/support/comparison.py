"""The lab's books against the product's database: what was said and taken, what was answered and heard.

The books are kept by the other side, so that a mistake of the product cannot hide in its own account of itself.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from conversations.address import (
    Address,
    custom_address,
    mail_address,
    phone_address,
    telegram_address,
    visitor_address,
    wechat_address,
    wecom_address,
)
from conversations.conversation import ORDINARY_WEIGHT
from conversations.ids import AccountId
from conversations.message import DeliveryState, Lane
from lab.books import Answered, Customer, Entry, Heard, Outcome, Reported, Said
from lab.config import AccountConfig, LabConfig
from lab.people import READY, openid_of
from lab.telegram.bots import user_id
from lab.wecom.people import external_userid
from tests.support.stored import PICTURE, Arrived, Line, Sent, Stored, one_line

T = TypeVar("T")

NAMELESS = frozenset(("sms_tencent", "sms_smpp"))
"""Providers that give customers' messages no name: their sender and their words must do."""

KNOWN_BY_KEY = frozenset(("telegram",))
"""Providers whose news have a name of their own beside the message's."""

SURE = frozenset((DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ))


def _by_openid(account: AccountConfig, who: Customer) -> Address:
    return wechat_address(AccountId(account.id), openid_of(account.settings["app_id"], who))


def _by_userid(account: AccountConfig, who: Customer) -> Address:
    return wecom_address(AccountId(account.id), external_userid(account.settings["corp_id"], who))


def _by_phone(account: AccountConfig, who: Customer) -> Address:
    return phone_address(who.phone)


ADDRESSES: dict[str, Callable[[AccountConfig, Customer], Address]] = {
    "wechat": _by_openid,
    "wecom": _by_userid,
    "sms_aliyun": _by_phone,
    "sms_tencent": _by_phone,
    "sms_twilio": _by_phone,
    "sms_smpp": _by_phone,
    "sms_cmpp": _by_phone,
    "email": lambda account, who: mail_address(who.mailbox),
    "telegram": lambda account, who: telegram_address(AccountId(account.id), str(user_id(who))),
    "custom": lambda account, who: custom_address(AccountId(account.id), who.name),
}
"""Where each provider delivers what is sent to a customer."""


@dataclass(frozen=True)
class Books:
    """What the customers and the agents know: the lab's entries, and the replies that the API promised to send."""

    entries: Sequence[Entry]
    accounts: LabConfig
    promised: Collection[str] = ()

    def taken(self) -> dict[Said, datetime]:
        """What customers said and the product answered with success, with the time of the first such answer."""
        times: dict[str, datetime] = {}
        for entry in self.entries:
            if isinstance(entry, Answered) and entry.outcome is Outcome.TAKEN:
                times.setdefault(entry.to, entry.at)
        return {said: times[said.id] for said in self.said() if said.id in times}

    def said(self) -> list[Said]:
        """What customers said; following and leaving are not messages."""
        return [entry for entry in self.entries if isinstance(entry, Said) and entry.key]

    def mark(self, said: Said) -> tuple[str, str]:
        """What tells it from everything else that was said to its account."""
        if self.accounts.account(said.account).kind not in NAMELESS:
            return said.account, said.key
        return said.account, f"{phone_address(self._customers()[said.customer].phone)} {said.text}"

    def line(self, said: Said) -> Line:
        """Who said it, and the words."""
        account = self.accounts.account(said.account)
        address = (
            ADDRESSES[account.kind](account, self._customers()[said.customer]) if account.kind in ADDRESSES else ""
        )
        return said.account, address, said.text

    def mark_of_stored(self, arrived: Arrived) -> tuple[str, str]:
        """The same of what is in the database."""
        kind = self.accounts.account(arrived.account).kind
        if kind in NAMELESS:
            return arrived.account, f"{arrived.address} {arrived.words}"
        return arrived.account, arrived.key if kind in KNOWN_BY_KEY else arrived.external_id

    def _customers(self) -> Mapping[str, Customer]:
        return {each.name: each for each in (*READY, *_of(Customer, self.entries))}

    def heard(self) -> Iterator[Line]:
        """What customers saw of us, in order. A mail that comes again under its Message-ID is folded by its reader.

        A provider that says of a message that it failed had it, and did not bring it.
        """
        customers = self._customers()
        failed = {(entry.account, entry.key) for entry in _of(Reported, self.entries) if not entry.success}
        named: dict[tuple[str, str], Heard] = {}
        for entry in _of(Heard, self.entries):
            named.setdefault((entry.account, entry.key), entry)
        for name, entry in named.items():
            if name in failed:
                continue
            yield entry.account, self._address(entry, customers), self._content(entry)

    def folded(self) -> int:
        """How many mails came again under their Message-ID."""
        heard = _of(Heard, self.entries)
        return len(heard) - len({(entry.account, entry.key) for entry in heard})

    def _address(self, heard: Heard, customers: Mapping[str, Customer]) -> Address:
        account = self.accounts.account(heard.account)
        if account.kind == "webchat":
            return visitor_address(AccountId(account.id), heard.customer)
        return ADDRESSES[account.kind](account, customers[heard.customer])

    def _content(self, heard: Heard) -> str:
        if heard.medium:
            return PICTURE
        settings = self.accounts.account(heard.account).settings
        signature = f"【{settings.get('sign_name') or settings.get('signature', '')}】"
        return one_line(heard.text.removeprefix(signature))


@dataclass(frozen=True)
class Differences:
    """Everything in which the books and the database do not agree. Nothing here may ever hold anything."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    in_wrong_order: list[str] = field(default_factory=list)
    replies_lost: list[str] = field(default_factory=list)
    replies_doubled: list[str] = field(default_factory=list)
    replies_in_wrong_order: list[str] = field(default_factory=list)
    replies_stuck: list[str] = field(default_factory=list)
    over_capacity: list[str] = field(default_factory=list)
    without_place: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {each.name: len(getattr(self, each.name)) for each in fields(self)}


def compare(books: Books, database: Stored) -> Differences:
    """What was lost, doubled, invented, disordered, overloaded or forgotten. What is `unknown` may be either."""
    return Differences(
        **_inbound(books, database),
        **_outbound(books, database),
        over_capacity=list(_overloads(database)),
        without_place=list(database.unplaced),
        quarantined=[f"{database.quarantined} requests"] if database.quarantined else [],
    )


def _inbound(books: Books, database: Stored) -> dict[str, list[str]]:
    stored = Counter(map(books.mark_of_stored, database.arrived))
    said = {books.mark(each): each for each in books.said()}
    return {
        "lost": [
            _named(each)
            for each in books.taken()
            if not stored[books.mark(each)] and books.line(each) not in database.left
        ],
        "doubled": [_named(said[mark]) for mark, count in stored.items() if count > 1 and mark in said],
        "invented": [str(mark) for mark in stored if mark not in said],
        "in_wrong_order": list(_overtaken(books, database)),
    }


def _overtaken(books: Books, database: Stored) -> Iterator[str]:
    """What was said after the answer to what was said before, and is stored before it all the same."""
    taken = books.taken()
    places = {books.mark_of_stored(each): each.id for each in database.arrived}
    by_customer: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for said in sorted(taken, key=lambda each: each.at):
        by_customer[said.account, said.customer].append(said)
    for lines in by_customer.values():
        for one, next_one in pairwise(each for each in lines if books.mark(each) in places):
            first, second = places[books.mark(one)], places[books.mark(next_one)]
            if taken[one] < next_one.at and first > second:
                yield f"{_named(next_one)} before {_named(one)}"


def _outbound(books: Books, database: Stored) -> dict[str, list[str]]:
    heard = Counter(books.heard())
    sure = Counter(each.line for each in database.sent if each.state in SURE)
    doubtful = Counter(each.line for each in database.sent if each.state is DeliveryState.UNKNOWN)
    promised = [each for each in books.promised if each not in database.messages]
    return {
        "replies_lost": [str(line) for line in sure if heard[line] < sure[line]] + promised,
        "replies_doubled": [str(line) for line in heard if heard[line] > sure[line] + doubtful[line]],
        "replies_in_wrong_order": list(_disordered(books.heard(), database.sent)),
        "replies_stuck": database.under_way(),
    }


def _disordered(heard: Iterable[Line], sent: Iterable[Sent]) -> Iterator[str]:
    """Answers that were heard in another order than they were given in their conversation. Bulk has its own lane."""
    given = [each for each in sent if each.lane is Lane.INTERACTIVE]
    said = Counter(each.line for each in given)
    places = {each.line: (each.conversation, place) for place, each in enumerate(given) if said[each.line] == 1}
    by_conversation: dict[str, list[int]] = defaultdict(list)
    for line in dict.fromkeys(each for each in heard if each in places):
        conversation, place = places[line]
        by_conversation[conversation].append(place)
    for heard_places in by_conversation.values():
        for one, next_one in pairwise(heard_places):
            if one > next_one:
                yield f"{given[one].line} before {given[next_one].line}"


def _overloads(database: Stored) -> Iterator[str]:
    """Replay who had what; the router may fill an agent to the brim and not beyond."""
    held: dict[str, tuple[str, int]] = {}
    for move in database.moves:
        held.pop(move.conversation, None)
        if move.assignee is None:
            continue
        held[move.conversation] = move.assignee, move.weight
        load = sum(weight for assignee, weight in held.values() if assignee == move.assignee)
        if move.by_router and load > database.capacities[move.assignee] * ORDINARY_WEIGHT:
            yield f"{move.assignee} had {load / ORDINARY_WEIGHT:g}"


def _of(kind: type[T], entries: Iterable[Entry]) -> list[T]:
    return [entry for entry in entries if isinstance(entry, kind)]


def _named(said: Said) -> str:
    return f"{said.customer}: {said.text} ({said.key})"
