"""How a channel joins the conformance kit.

1. Write `tests/channels/<folder>/sampler.py` with one `SAMPLER` (below); `<folder>` is the kind, with `/` for `_`: the
   tests of `sms_aliyun` are in `sms/aliyun`.
2. Put cases into `tests/channels/<folder>/fixtures/`: `<case>.http` (see `http_file`) and `<case>.json`, the list
   of events as `http_file.shown` writes them. Where more must be said it is an object instead: `events` and `reply`, or
   the name of an `error`, and `settings` that replace the sampler's.

Nothing else: `tests/channels/test_contract.py` runs over every entry of `CHANNELS`.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.contract import Surroundings, WebhookRequest
from conversations.address import Address
from conversations.parts import Part
from tests.support.provider import Provider


@dataclass(frozen=True, kw_only=True)
class HttpSending:
    """For channels that send over HTTP.

    `accept` scripts the provider to take everything; `path` is where parts go; `parts` makes one part of each kind that
    the channel declares, with its bytes in the store.
    """

    accept: Callable[[Provider], None]
    path: str
    parts: Callable[[Surroundings], tuple[Part, ...]]


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """What the kit must know about one kind of channel.

    `settings` of an account whose provider has this address. `sign` makes a request genuine with those settings (a
    fixture that must stay wrong is left wrong). `forgeries` are a genuine request's counterfeits, each with a name;
    `example` is a case with a genuine request. `address` is a customer's. `undeclared` are parts that this channel does
    not carry.
    """

    settings: Callable[[str], dict[str, str]]
    sign: Callable[[WebhookRequest], WebhookRequest]
    forgeries: Callable[[WebhookRequest], Mapping[str, WebhookRequest]]
    example: str
    address: Address
    undeclared: tuple[Part, ...]
    sending: HttpSending | None = None


def folder_of(kind: str) -> Path:
    """Where a channel's fixtures are."""
    return Path("tests/channels", *kind.split("_"), "fixtures")


def sampler_of(kind: str) -> Sampler:
    """A channel's sampler."""
    found = importlib.import_module(f"tests.channels.{kind.replace('_', '.')}.sampler").SAMPLER
    assert isinstance(found, Sampler)
    return found
