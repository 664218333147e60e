"""docs/reference/channels.md: what each kind of channel says of itself when it is made with example settings."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import NoReturn

import aiohttp

from channels.config import SettingInfo, describe, example_settings
from channels.contract import Capabilities, Channel, Listener, PassiveReplier, Rate, Surroundings, TypingTeller, Window
from channels.registry import CHANNELS
from conversations.clock import utc_now
from conversations.ids import AccountId
from conversations.inbound import ReceiptStatus
from conversations.parts import MediaType

MEGABYTE = 1024 * 1024

UNITS = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)

Cell = Callable[[Channel, Capabilities], str]


def channels_page() -> str:
    """The whole page."""
    return asyncio.run(_page())


async def _page() -> str:
    async with aiohttp.ClientSession() as http:
        made = {kind: _example(channel, http) for kind, channel in CHANNELS.items()}
    settings = "\n".join(_settings(kind, channel) for kind, channel in CHANNELS.items())
    return f"""# Channels

What the core reads from each kind of channel: by these figures it splits, downgrades, waits and refuses, before
anything is sent. Some depend on an account's settings (a signature takes part of an SMS); they are those of an account
with example settings and the defaults. What each provider demands, and where a figure comes from, is on the channel's
own page, such as [channels/wechat](../../channels/wechat/README.md).

`make docs` writes this page from the channels themselves.

## What a message may be

What a channel cannot carry becomes text: a menu is numbered, a link shows its address. A file that it cannot carry is
refused with a sentence.

{_table(made, WHAT)}
## Files

{_table(made, FILES)}
## When we may write, and what is known later

{_table(made, WHEN)}
- *window*: what the customer did opens it, for so many messages and so long. None: we may write at any time.
- *rate*: the most parts that are handed over in a time.
- *sent again in doubt*: whether a part whose answer got lost may be sent a second time: the provider recognises the
  first one, or the account's `in_doubt` says so.
- *fetches*: news are fetched, or come over a connection: in one of all gateways and workers, or in each.

## Settings

{settings}"""


def _example(channel: type[Channel], http: aiohttp.ClientSession) -> Channel:
    around = Surroundings(http, Nowhere(), Nowhere(), utc_now)
    return channel.create(AccountId("example"), example_settings(channel.Config), around)


class Nowhere:
    """Stores that nothing is fetched from: a channel is asked what it can do, not to do it."""

    async def load(self, *names: object, **named: object) -> NoReturn:
        """Nothing is here."""
        raise FileNotFoundError

    async def save(self, *values: object, **named: object) -> None:
        """Nothing is kept."""


def _table(made: Mapping[str, Channel], columns: Mapping[str, Cell]) -> str:
    rows = "\n".join(
        _row(f"`{kind}`", *(cell(channel, channel.capabilities) for cell in columns.values()))
        for kind, channel in made.items()
    )
    return f"{_row('kind', *columns)}\n{_row(*['---'] * (len(columns) + 1))}\n{rows}\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _yes(fact: bool) -> str:
    return "yes" if fact else "–"


def _words(each: Iterable[str]) -> str:
    return ", ".join(each) or "–"


def _menus(can: Capabilities) -> str:
    return f"{can.menu_options} options of {can.option_length} characters" if can.menus else "–"


def _file(can: Capabilities, type: MediaType) -> str:
    limit = can.media.get(type)
    if limit is None:
        return "–"
    kinds = ", ".join(sorted(mime.partition("/")[2] for mime in limit.mimes)) or "any"
    return f"{kinds}, {limit.max_bytes / MEGABYTE:g} MB"


def _window(window: Window) -> str:
    return f"{window.name}: {window.messages} in {_span(window.lasts)}"


def _rate(rate: Rate) -> str:
    return f"{rate.parts} in {_span(rate.within)}"


def _span(time: timedelta) -> str:
    """In the largest unit that counts it without rest."""
    unit, length = next((unit for unit in UNITS if not time % unit[1]), UNITS[-1])
    return f"{time / length:g} {unit}"


def _listens(channel: Channel) -> str:
    if not isinstance(channel, Listener):
        return "–"
    return "in each process" if channel.listens_everywhere else "in one process"


WHAT: Mapping[str, Cell] = {
    "name": lambda channel, can: channel.title,
    "text": lambda channel, can: f"{can.text_limit:,} {can.text_unit}",
    "menu": lambda channel, can: _menus(can),
    "link": lambda channel, can: _yes(can.links),
    "place": lambda channel, can: _yes(can.locations),
    "template": lambda channel, can: _yes(can.templates),
}

FILES: Mapping[str, Cell] = {
    "picture": lambda channel, can: _file(can, MediaType.IMAGE),
    "voice": lambda channel, can: _file(can, MediaType.VOICE),
    "video": lambda channel, can: _file(can, MediaType.VIDEO),
    "other file": lambda channel, can: _file(can, MediaType.FILE),
}

WHEN: Mapping[str, Cell] = {
    "window": lambda channel, can: _words(map(_window, can.windows)),
    "rate": lambda channel, can: _words(map(_rate, can.rates)),
    "automatic, to one address": lambda channel, can: _rate(can.automatic) if can.automatic else "–",
    "receipts": lambda channel, can: _words(status for status in ReceiptStatus if status in can.receipts),
    "sent again in doubt": lambda channel, can: _yes(can.resend_is_safe),
    "answers in the webhook": lambda channel, can: _yes(isinstance(channel, PassiveReplier)),
    "shows typing": lambda channel, can: _yes(isinstance(channel, TypingTeller)),
    "fetches": lambda channel, can: _listens(channel),
}


def _settings(kind: str, channel: type[Channel]) -> str:
    rows = "\n".join(map(_setting, describe(channel.Config)))
    return f"### `{kind}`\n\n| setting | default | meaning |\n|---|---|---|\n{rows}\n"


def _setting(info: SettingInfo) -> str:
    default = "required" if info.required else f"`{info.default}`" if info.default else ""
    meaning = info.help.replace("|", "\\|") + (" (secret)" if info.secret else "")
    return _row(f"`{info.name}`", default, meaning)
