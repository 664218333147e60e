"""Bots: what waits for them, where it is delivered to, and who lets them write.

https://core.telegram.org/bots/api#getting-updates
"""

import asyncio
import hashlib
import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conversations.ids import new_id
from lab.books import Answered, Books, Customer, Entry, Outcome, Said
from lab.config import AccountConfig
from lab.people import People
from lab.world import World

Json = dict[str, Any]

BLOCK, UNBLOCK = "block", "unblock"

DEFAULT_KINDS = frozenset(("message", "edited_message", "callback_query", "my_chat_member"))


class TelegramRefuses(Exception):
    """Telegram says no, in its own words; `parameters` tell programs more."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, kw_only=True)
class Hook:
    """Where updates are delivered to, and the secret that comes along."""

    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Update:
    """News for a bot; `about` is the id of the `Said`."""

    number: int
    about: str
    kind: str
    content: Json
    since: float = field(default_factory=time.monotonic)
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> Json:
        """As Telegram tells it."""
        return {"update_id": self.number, self.kind: self.content}


class Bot:
    """One bot."""

    def __init__(self, account: AccountConfig, world: World) -> None:
        self.account = account
        self.token = account.settings["bot_token"]
        self.hook = _hook_at_first(account, world)
        self.kinds = DEFAULT_KINDS
        self.questions: set[str] = set()
        self._last_error = ""
        self._world = world
        # Each number leaves at least one line in the books, so these are new after a restart too.
        self._numbers = itertools.count(len(world.books) + 1)
        self._pending: dict[int, Update] = {}
        self._poll: asyncio.Event | None = None

    @property
    def user(self) -> Json:
        """The bot as others see it."""
        id = int(self.token.partition(":")[0])
        return {"id": id, "is_bot": True, "first_name": self.account.name or "Bot", "username": f"lab{id}_bot"}

    @property
    def waiting(self) -> int:
        """How many updates nobody has confirmed."""
        return len(self._pending)

    @property
    def trouble(self) -> Json:
        """What went wrong when the webhook was called last."""
        return {"last_error_message": self._last_error} if self._last_error else {}

    def note_answer(self, status: int) -> bool:
        """How the webhook answered; whether that is a yes."""
        good = 200 <= status < 300
        self._last_error = "" if good else f"Wrong response from the webhook: {status}"
        return good

    def number(self) -> int:
        """The next number, of a message or an update."""
        return next(self._numbers)

    def add(self, said: Said, kind: str, content: Json) -> Update:
        """Something happened; it bears the number that it was written down with."""
        update = Update(number=int(said.key), about=said.id, kind=kind, content=content)
        if kind in self.kinds:
            self._pending[update.number] = update
            self._end_poll()
        return update

    def drop(self) -> None:
        """Forget what waits."""
        self._pending.clear()

    def confirm(self, update: Update) -> None:
        """The product has it."""
        self._pending.pop(update.number, None)
        update.taken.set()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """What waits; those before `offset` count as taken. Another one who polls ends this."""
        if self.hook:
            raise TelegramRefuses(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._confirm_before(offset)
        self._end_poll()
        mine = self._poll = asyncio.Event()
        if not self._pending:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await mine.wait()
        if self._poll not in (mine, None):
            raise TelegramRefuses(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        self._poll = None
        return [update.as_json() for update in list(self._pending.values())[:limit]]

    def _end_poll(self) -> None:
        if self._poll:
            self._poll.set()

    def _confirm_before(self, offset: int) -> None:
        for update in [each for each in self._pending.values() if each.number < offset]:
            self.confirm(update)
            self._world.books.write(self._answered(update))

    def _answered(self, update: Update) -> Answered:
        return Answered(
            to=update.about,
            at=self._world.clock(),
            attempt=1,
            outcome=Outcome.TAKEN,
            status=200,
            text="getUpdates",
            milliseconds=round((time.monotonic() - update.since) * 1000),
        )


class Chats:
    """Who opened a chat with which bot, and who blocked it, folded from the books."""

    def __init__(self, books: Books) -> None:
        self._open: set[tuple[str, str]] = set()
        self._blocked: set[tuple[str, str]] = set()
        for entry in books:
            self._note(0, entry)
        books.follow(self._note)

    def check(self, account: str, customer: str) -> None:
        """Raise TelegramRefuses if the bot may not write to this customer."""
        if self.blocked(account, customer):
            raise TelegramRefuses(403, "Forbidden: bot was blocked by the user")
        if (account, customer) not in self._open:
            raise TelegramRefuses(403, "Forbidden: bot can't initiate conversation with a user")

    def blocked(self, account: str, customer: str) -> bool:
        """Whether the customer blocked the bot."""
        return (account, customer) in self._blocked

    def _note(self, _number: int, entry: Entry) -> None:
        if not isinstance(entry, Said):
            return
        chat = (entry.account, entry.customer)
        self._open.add(chat)
        if entry.kind == BLOCK:
            self._blocked.add(chat)
        elif entry.kind == UNBLOCK:
            self._blocked.discard(chat)


class Bots:
    """All bots, by token and by account."""

    def __init__(self, world: World) -> None:
        self.chats = Chats(world.books)
        self._bots = [Bot(account, world) for account in world.config.of_kind("telegram")]

    def with_token(self, token: str) -> Bot:
        """The bot that has this token; raises TelegramRefuses."""
        found = next((bot for bot in self._bots if bot.token == token), None)
        if found is None:
            raise TelegramRefuses(401, "Unauthorized")
        return found

    def of(self, account: str) -> Bot:
        """An account's bot."""
        return next(bot for bot in self._bots if bot.account.id == account)


def chat_of(customer: Customer) -> Json:
    """A private chat; its id is the customer's."""
    return {"id": user_id(customer), "type": "private", "first_name": customer.name}


def user_of(customer: Customer) -> Json:
    """A customer as bots see them."""
    return {"id": user_id(customer), "is_bot": False, "first_name": customer.name, "language_code": "zh-hans"}


def user_id(customer: Customer) -> int:
    """A number that is always the same for one customer, and larger than 32 bits, as Telegram's may be."""
    return 2**33 + int.from_bytes(hashlib.sha256(customer.name.encode()).digest()[:4])


def with_user_id(people: People, id: str) -> Customer:
    """The customer with this number; raises TelegramRefuses."""
    known: Iterator[Customer] = (customer for customer in people if str(user_id(customer)) == id)
    found = next(known, None)
    if found is None:
        raise TelegramRefuses(400, "Bad Request: chat not found")
    return found


def made_id() -> str:
    """A new name for a question or an album."""
    return str(int(new_id()[:15], 16))


def _hook_at_first(account: AccountConfig, world: World) -> Hook | None:
    """Bots that the product wants called are so from the start; nobody has to call `setWebhook`."""
    if account.settings.get("mode") != "webhook":
        return None
    return Hook(url=world.config.webhook(account.id), secret=account.settings.get("webhook_secret", ""))
