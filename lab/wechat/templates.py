"""Template messages and subscription notices: registered texts, whose fate WeChat tells later.

https://developers.weixin.qq.com/doc/service/guide/product/template_message/Template_Message_Interface.html and
…/guide/product/subscription_messages/push.html
"""

import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conversations.ids import new_id
from lab.approved import approved
from lab.books import Books, Customer, Entry, Heard, Said
from lab.config import AccountConfig, LabConfig
from lab.wechat.refusals import WeChatRefuses
from lab.wechat.windows import Windows
from lab.world import World

Json = dict[str, Any]

VARIABLE = re.compile(r"\{\{(\w+)\.DATA\}\}")
THING_CHARACTERS = 20
SAME_FOR = timedelta(minutes=10)
"""How long a second message with the same `client_msg_id` is recognised."""


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A template of one account. `notice`: each message of it needs a consent."""

    text: str
    notice: bool


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message of a template, on its way to a phone."""

    account: AccountConfig
    customer: Customer
    template: str
    message_id: int
    notice: bool


class Consents:
    """How many notices followers agreed to, folded from the books."""

    def __init__(self, books: Books) -> None:
        self._left: Counter[tuple[str, str, str]] = Counter()
        for entry in books:
            self._note(0, entry)
        books.follow(self._note)

    def check(self, account: str, customer: str, template: str) -> None:
        """Raise WeChatRefuses unless one is left."""
        if not self._left[account, customer, template]:
            raise WeChatRefuses(43101)

    def spend(self, account: str, customer: str, template: str) -> None:
        """Take one."""
        self._left[account, customer, template] -= 1

    def _note(self, _number: int, entry: Entry) -> None:
        if not isinstance(entry, Said) or entry.kind not in ("consent", "reconsider"):
            return
        for template in entry.choice.split(","):
            follower = (entry.account, entry.customer, template)
            if entry.kind == "reconsider" and entry.text == "reject":
                self._left[follower] = 0
            elif entry.kind == "consent" and entry.text == "accept":
                self._left[follower] += 1


class Templates:
    """The templates of all accounts, which live in memory, and what is sent with them."""

    def __init__(self, world: World, windows: Windows) -> None:
        self._world = world
        self._windows = windows
        self._consents = Consents(world.books)
        self._registered = dict(_from_settings(world.config))
        self._recent: dict[tuple[str, str, str], tuple[datetime, int]] = {}
        self._message_ids = itertools.count(int(time.time()) * 1000)

    def register(self, account: str, asked: Mapping[str, Any]) -> None:
        """Approve a template; raises KeyError for what is missing."""
        template = Registered(text=str(asked["text"]), notice=asked.get("notice") is True)
        self._registered[account, str(asked["name"])] = template

    def is_notice(self, account: str, template: str) -> bool:
        """Whether a follower can be asked for consent to it."""
        found = self._registered.get((account, template))
        return found is not None and found.notice

    def send(self, account: AccountConfig, customer: Customer, message: Json, *, notice: bool) -> Sent | int:
        """Show a message; the number of the earlier one where this is a repetition. Raises WeChatRefuses."""
        name = str(message.get("template_id", ""))
        template = self._registered.get((account.id, name))
        if template is None or template.notice is not notice:
            raise WeChatRefuses(40037)
        if not notice and not self._windows.follows(account.id, customer.name):
            raise WeChatRefuses(43004)
        words = _fill(template, message.get("data"))
        if notice:
            self._consents.check(account.id, customer.name, name)
        earlier = self._earlier(account, customer, message)
        return earlier or self._show(account, customer, name, words, message, notice=notice)

    def _show(
        self, account: AccountConfig, customer: Customer, template: str, words: str, message: Json, *, notice: bool
    ) -> Sent:
        if notice:
            self._consents.spend(account.id, customer.name, template)
        message_id, now = next(self._message_ids), self._world.clock()
        if message.get("client_msg_id"):
            self._recent[account.id, customer.name, str(message["client_msg_id"])] = (now, message_id)
        self._world.books.write(
            Heard(
                id=new_id(),
                at=now,
                account=account.id,
                customer=customer.name,
                kind="notice" if notice else "template",
                key=str(message_id),
                text=words,
            )
        )
        return Sent(account=account, customer=customer, template=template, message_id=message_id, notice=notice)

    def _earlier(self, account: AccountConfig, customer: Customer, message: Json) -> int | None:
        at, message_id = self._recent.get((account.id, customer.name, str(message.get("client_msg_id", ""))), (None, 0))
        return message_id if at is not None and self._world.clock() - at <= SAME_FOR else None


def _from_settings(config: LabConfig) -> Iterator[tuple[tuple[str, str], Registered]]:
    for account in config.of_kind("wechat"):
        for setting, notice in (("templates", False), ("notices", True)):
            for name, text in approved(account, setting).items():
                yield (account.id, name), Registered(text=text, notice=notice)


def _fill(template: Registered, data: Any) -> str:
    """The words with their variables; raises WeChatRefuses for one that is missing, empty or too long."""
    if not isinstance(data, dict):
        raise WeChatRefuses(47003)
    return VARIABLE.sub(lambda found: _value(data.get(found[1]), found[1], template.notice), template.text)


def _value(given: Any, name: str, strict: bool) -> str:
    value = given.get("value") if isinstance(given, dict) else None
    if not isinstance(value, str) or not value:
        raise WeChatRefuses(47003)
    if strict and name.startswith("thing") and len(value) > THING_CHARACTERS:
        raise WeChatRefuses(47003)
    return value
