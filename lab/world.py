"""What all providers of the lab share, and the words in which a customer acts."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp.web import AbstractRouteDef

from conversations.clock import Clock
from lab.books import Books, Said
from lab.config import AccountConfig, LabConfig
from lab.errands import Errands
from lab.media import MediaStore
from lab.misbehaviour import Manners
from lab.people import People
from lab.webhook import Webhooks


@dataclass(frozen=True, kw_only=True)
class World:
    """The things a provider works with."""

    config: LabConfig
    clock: Clock
    books: Books
    people: People
    media: MediaStore
    manners: Manners
    webhooks: Webhooks
    errands: Errands


@dataclass(frozen=True, kw_only=True)
class Saying:
    """What a customer does: writes, sends a picture or a file, shows a place, taps a menu, follows or leaves.

    `reply_to` is the id of the mail that is answered; `style` the mail program it is written with.
    """

    account: AccountConfig
    customer: str
    text: str = ""
    picture: bytes = b""
    file: bytes = b""
    file_name: str = ""
    place: tuple[float, float] | None = None
    choice: str = ""
    event: str = ""
    subject: str = ""
    reply_to: str = ""
    style: str = "gmail"


class CannotSay(Exception):
    """The customer's phone would not do this; the message says why."""


Delivery = Coroutine[Any, Any, None]


class Provider(Protocol):
    """The customer's side of a provider."""

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what the customer did; the coroutine carries it to the product. Raises CannotSay."""


Command = Callable[[AccountConfig, Mapping[str, Any]], object]
"""Something a test can do to a provider's account; its result is told as JSON. Raises ValueError for what it is not."""


@dataclass(frozen=True, kw_only=True)
class Playing:
    """One provider as the lab plays it.

    `phone` is the customers' side. `routes` are served on the lab's port, `server` listens on ports of its own for as
    long as it is entered. `deliveries` is how often the provider delivers before it gives up. `commands` are what tests
    can do to it, by name.
    """

    phone: Provider
    deliveries: int
    routes: Sequence[AbstractRouteDef] = ()
    server: Callable[[], AbstractAsyncContextManager[None]] | None = None
    commands: Mapping[str, Command] = field(default_factory=dict)
