"""The phones of those who write to bots: what they do becomes an update, which is delivered or waits to be fetched."""

import asyncio
import mimetypes
from collections.abc import Callable, Mapping
from contextlib import suppress

import orjson

from conversations.ids import new_id
from lab.api import SAMPLE
from lab.books import Customer, Heard, Said
from lab.config import AccountConfig
from lab.telegram.bots import BLOCK, UNBLOCK, Bot, Bots, Hook, Json, Update, chat_of, made_id, user_of
from lab.telegram.methods import keyboard
from lab.webhook import Post, Push
from lab.world import CannotSay, Delivery, Saying, World

EVENTS = frozenset(("start", BLOCK, UNBLOCK))
EDIT = "edit"


class TelegramPhone:
    """What customers do."""

    def __init__(self, world: World, bots: Bots) -> None:
        self._world = world
        self._bots = bots

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer did, and deliver it or let it wait."""
        self._refuse_impossible(saying)
        bot = self._bots.of(saying.account.id)
        said = self._said(saying)
        customer = self._world.people.named(said.customer)
        kind, content = _UPDATES.get(said.kind, TelegramPhone._message)(self, bot, customer, saying, said)
        return said, self._happen(bot, said, kind, content)

    def send_album(self, account: AccountConfig, customer: str, pictures: int) -> list[str]:
        """Send several pictures at once; the names of what was said."""
        album = made_id()
        sent = [self._send_picture(account, customer, album, first=number == 0) for number in range(pictures)]
        self._world.errands.run(_in_order([delivery for _said, delivery in sent]))
        return [said.id for said, _delivery in sent]

    def _send_picture(self, account: AccountConfig, customer: str, album: str, *, first: bool) -> tuple[Said, Delivery]:
        bot, words = self._bots.of(account.id), "相册" if first else ""
        saying = Saying(account=account, customer=customer, text=words, picture=SAMPLE.read_bytes())
        said = self._said(saying)
        content = self._message(bot, self._world.people.named(customer), saying, said)[1]
        return said, self._happen(bot, said, "message", {**content, "media_group_id": album})

    def _happen(self, bot: Bot, said: Said, kind: str, content: Json) -> Delivery:
        self._world.books.write(said)
        update = bot.add(said, kind, content)
        return self._deliver(bot, update)

    def _refuse_impossible(self, saying: Saying) -> None:
        blocked = self._bots.chats.blocked(saying.account.id, saying.customer)
        if blocked and saying.event != UNBLOCK:
            raise CannotSay("has blocked this bot")
        if saying.event == UNBLOCK and not blocked:
            raise CannotSay("has not blocked this bot")
        if saying.event not in (EVENTS | {EDIT, ""}):
            raise CannotSay(f"nobody does {saying.event} here")
        if not (saying.text or saying.picture or saying.file or saying.place or saying.choice or saying.event):
            raise CannotSay("an empty message cannot be sent")

    def _said(self, saying: Saying) -> Said:
        content = saying.picture or saying.file
        return Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind=_kind(saying),
            key=str(self._bots.of(saying.account.id).number()),
            text=saying.text or saying.file_name,
            medium=self._world.media.keep(saying.account.id, content).id if content else "",
            choice=saying.choice,
        )

    def _message(self, bot: Bot, customer: Customer, saying: Saying, said: Said) -> tuple[str, Json]:
        message = {
            "message_id": bot.number(),
            "from": user_of(customer),
            "chat": chat_of(customer),
            "date": int(said.at.timestamp()),
        }
        return "message", {**message, **_content(saying, said)}

    def _edit(self, bot: Bot, customer: Customer, saying: Saying, said: Said) -> tuple[str, Json]:
        content = self._message(bot, customer, saying, said)[1]
        return "edited_message", {**content, "edit_date": content["date"], "text": saying.text}

    def _start(self, bot: Bot, customer: Customer, saying: Saying, said: Said) -> tuple[str, Json]:
        content = self._message(bot, customer, saying, said)[1]
        return "message", {**content, "text": f"/start {saying.text}".rstrip()}

    def _membership(self, bot: Bot, customer: Customer, saying: Saying, said: Said) -> tuple[str, Json]:
        states = ("member", "kicked") if said.kind == BLOCK else ("kicked", "member")
        old, new = ({"user": bot.user, "status": state, **_UNTIL[state]} for state in states)
        people = {"chat": chat_of(customer), "from": user_of(customer)}
        date = int(said.at.timestamp())
        return "my_chat_member", {**people, "date": date, "old_chat_member": old, "new_chat_member": new}

    def _tap(self, bot: Bot, customer: Customer, saying: Saying, said: Said) -> tuple[str, Json]:
        question = made_id()
        bot.questions.add(question)
        tap = {"id": question, "from": user_of(customer), "chat_instance": str(bot.user["id"]), "data": saying.choice}
        return "callback_query", {**tap, "message": self._tapped(bot, customer, saying)}

    def _tapped(self, bot: Bot, customer: Customer, saying: Saying) -> Json:
        """The message whose button is tapped."""
        menus = (
            entry
            for entry in reversed(list(self._world.books))
            if isinstance(entry, Heard)
            and (entry.account, entry.customer) == (saying.account.id, saying.customer)
            and saying.choice in [option.id for option in entry.options]
        )
        menu = next(menus, None)
        if menu is None:
            raise CannotSay("there is no such button")
        return {
            "message_id": int(menu.key),
            "from": bot.user,
            "chat": chat_of(customer),
            "date": int(menu.at.timestamp()),
            "text": menu.text,
            "reply_markup": keyboard(menu.options),
        }

    async def _deliver(self, bot: Bot, update: Update) -> None:
        if bot.hook is None:
            # Whoever polls may not come for a long time; the books tell when it did.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._world.config.timings.callback_deadline):
                    await update.taken.wait()
            return
        body = await self._world.webhooks.push(self._push(bot, bot.hook, update))
        if body is not None:
            bot.confirm(update)
            _answered_with(bot, body)

    def _push(self, bot: Bot, hook: Hook, update: Update) -> Push:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        body = orjson.dumps(update.as_json())
        timings = self._world.config.timings
        return Push(
            about=update.about,
            compose=lambda: Post(url=hook.url, content_type="application/json", body=body, headers=headers),
            content=lambda status, _body: bot.note_answer(status),
            deadline=timings.callback_deadline,
            pauses=timings.callback_pauses,
            thrice=self._world.manners["telegram"].thrice,
        )


Make = Callable[[TelegramPhone, Bot, Customer, Saying, Said], tuple[str, Json]]

_UPDATES: Mapping[str, Make] = {
    "start": TelegramPhone._start,
    BLOCK: TelegramPhone._membership,
    UNBLOCK: TelegramPhone._membership,
    "choice": TelegramPhone._tap,
    EDIT: TelegramPhone._edit,
}
"""What is no plain message; the kind of an update and its content."""

_UNTIL: Mapping[str, Json] = {"member": {}, "kicked": {"until_date": 0}}


def _kind(saying: Saying) -> str:
    if saying.event:
        return saying.event
    if saying.choice:
        return "choice"
    if saying.picture:
        return "image"
    if saying.file:
        return "file"
    return "location" if saying.place else "text"


def _content(saying: Saying, said: Said) -> Json:
    file = {"file_id": said.medium, "file_unique_id": said.medium[-12:]}
    caption = {"caption": saying.text} if saying.text else {}
    match said.kind:
        case "image":
            size = {**file, "file_size": len(saying.picture)}
            return {"photo": [{**size, "width": 90, "height": 60}, {**size, "width": 640, "height": 427}], **caption}
        case "file":
            mime = mimetypes.guess_type(saying.file_name)[0] or "application/octet-stream"
            size = {"file_size": len(saying.file), "file_name": saying.file_name, "mime_type": mime}
            return {"document": {**file, **size}, **caption}
        case "location":
            latitude, longitude = saying.place or (0.0, 0.0)
            return {"location": {"latitude": latitude, "longitude": longitude}}
        case _:
            return {"text": saying.text}


def _answered_with(bot: Bot, body: bytes) -> None:
    """An answer may be a call itself; of those the lab knows the one that ends the waiting of a button."""
    try:
        call = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    if isinstance(call, dict) and call.get("method") == "answerCallbackQuery":
        bot.questions.discard(str(call.get("callback_query_id")))


async def _in_order(deliveries: list[Delivery]) -> None:
    for delivery in deliveries:
        await delivery
