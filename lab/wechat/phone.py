"""The followers' phones: what they do becomes a message or an event, and answers appear on them."""

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from conversations.ids import new_id
from lab.books import Heard, Said
from lab.config import AccountConfig
from lab.wechat.agents import Agents
from lab.wechat.files import SUFFIXES, kind_of, mime_of
from lab.wechat.push import Letter, Pusher
from lab.wechat.replies import MEDIA, TRANSFER, words_of
from lab.wechat.setup import Codes, MenuBar
from lab.wechat.templates import Templates
from lab.wechat.windows import Windows
from lab.wechat.xml import Fields
from lab.world import CannotSay, Delivery, Saying, World

TYPES = {"text": "text", "choice": "text", "image": "image", "voice": "voice", "video": "video", "location": "location"}

SCANS = frozenset(("scancode_push", "scancode_waitmsg"))


class WeChatPhone:
    """The followers' phones."""

    def __init__(
        self, world: World, windows: Windows, menu: MenuBar, codes: Codes, templates: Templates, agents: Agents
    ) -> None:
        self._world = world
        self._windows = windows
        self._menu = menu
        self._codes = codes
        self._templates = templates
        self._agents = agents
        self._pusher = Pusher(world)
        self._message_ids = itertools.count(time.time_ns())

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a follower did, and push it, unless one of WeChat's own agents has the follower."""
        kind = self._kind(saying)
        self._refuse_impossible(saying, kind)
        fields = self._event(saying, kind) if kind in EVENTS else None
        said = self._said(saying, kind)
        self._world.books.write(said)
        if self._agents.serves((said.account, said.customer)):
            return said, _nothing()
        return said, self._deliver(saying.account, said, fields or self._message(saying, said))

    def agent_acts(self, account: AccountConfig, customer: str, told: Fields) -> None:
        """Tell the account what one of WeChat's own agents did."""
        said = self._note(account.id, customer, str(told["Event"]))
        self._world.books.write(said)
        self._world.errands.run(self._deliver(account, said, told))

    def _kind(self, saying: Saying) -> str:
        """Scanning a code follows the account, if need be."""
        follows = self._windows.follows(saying.account.id, saying.customer)
        if saying.event == "scan" and not follows:
            return "subscribe"
        if saying.event or saying.choice:
            return saying.event or "choice"
        if saying.file:
            return _kind_of_file(saying.file)
        if saying.picture:
            return "image"
        return "location" if saying.place else "text"

    def _refuse_impossible(self, saying: Saying, kind: str) -> None:
        follows = self._windows.follows(saying.account.id, saying.customer)
        if kind not in TYPES and kind not in EVENTS:
            raise CannotSay(f"WeChat knows no {kind}")
        if kind == "subscribe" and follows:
            raise CannotSay("already follows this account")
        if kind != "subscribe" and not follows:
            raise CannotSay("does not follow this account")

    def _said(self, saying: Saying, kind: str) -> Said:
        content = saying.file or saying.picture
        medium = self._world.media.keep(saying.account.id, content).id if content else ""
        key = str(next(self._message_ids)) if kind in TYPES else ""
        return self._note(
            saying.account.id, saying.customer, kind, key=key, text=saying.text, medium=medium, choice=saying.choice
        )

    def _note(self, account: str, customer: str, kind: str, **more: str) -> Said:
        told = {"key": "", **more}
        return Said(id=new_id(), at=self._world.clock(), account=account, customer=customer, kind=kind, **told)

    def _event(self, saying: Saying, kind: str) -> Fields:
        return {"MsgType": "event", **EVENTS[kind](self, saying)}

    def _message(self, saying: Saying, said: Said) -> Fields:
        return {"MsgType": TYPES[said.kind], **self._words(saying, said), "MsgId": int(said.key)}

    def _words(self, saying: Saying, said: Said) -> Fields:
        match said.kind:
            case "image":
                return {"PicUrl": f"{self._world.config.public_url}/lab/media/{said.medium}", "MediaId": said.medium}
            case "voice":
                heard = {"Recognition": saying.text} if saying.text else {}
                return {"MediaId": said.medium, "Format": SUFFIXES[mime_of(saying.file)], **heard}
            case "video":
                return {"MediaId": said.medium, "ThumbMediaId": said.medium}
            case "location":
                return {**_place(saying), "Scale": "15", "Label": saying.text}
            case "choice":
                return {"Content": saying.text, "bizmsgmenuid": saying.choice}
            case _:
                return {"Content": saying.text}

    def followed(self, saying: Saying) -> Fields:
        """Following, by a code or otherwise: only here the scene has a prefix."""
        if saying.event != "scan":
            return {"Event": "subscribe", "EventKey": ""}
        return {"Event": "subscribe", "EventKey": f"qrscene_{saying.choice}", "Ticket": self._ticket(saying)}

    def scanned_code(self, saying: Saying) -> Fields:
        """A follower scanned one of the account's codes."""
        return {"Event": "SCAN", "EventKey": saying.choice, "Ticket": self._ticket(saying)}

    def clicked(self, saying: Saying) -> Fields:
        """A button that sends its key; those that scan also send what was scanned."""
        self._must_see(saying, saying.choice)
        if saying.event not in SCANS:
            return {"Event": "CLICK", "EventKey": saying.choice}
        scan = {"ScanType": "qrcode", "ScanResult": saying.text}
        return {"Event": saying.event, "EventKey": saying.choice, "ScanCodeInfo": scan}

    def viewed(self, saying: Saying) -> Fields:
        """A button that opens a page."""
        self._must_see(saying, saying.text)
        return {"Event": "VIEW", "EventKey": saying.text}

    def consented(self, saying: Saying) -> Fields:
        """The answer to being asked for one more message of each of these templates."""
        asked = [{**self._stance(saying, template), "PopupScene": 2} for template in saying.choice.split(",")]
        return {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": asked}}

    def reconsidered(self, saying: Saying) -> Fields:
        """A change in the list of what was agreed to."""
        told = [self._stance(saying, template) for template in saying.choice.split(",")]
        return {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": {"List": told}}

    def _stance(self, saying: Saying, template: str) -> dict[str, Any]:
        if not self._templates.is_notice(saying.account.id, template):
            raise CannotSay(f"the account has no notice {template}")
        if saying.text not in ("accept", "reject"):
            raise CannotSay("one accepts or rejects notices")
        return {"TemplateId": template, "SubscribeStatusString": saying.text}

    def _ticket(self, saying: Saying) -> str:
        code = self._codes.find(saying.account.id, saying.choice)
        if code is None:
            raise CannotSay("there is no such code, or it has expired")
        return code.ticket

    def _must_see(self, saying: Saying, value: str) -> None:
        if not self._menu.has(saying.account.id, saying.event, value):
            raise CannotSay("the account's menu has no such button")

    async def _deliver(self, account: AccountConfig, said: Said, fields: Fields) -> None:
        customer = self._world.people.named(said.customer)
        letter = Letter(account=account, customer=customer, about=said.id, at=said.at, fields=fields)
        reply = await self._pusher.push(letter)
        if reply.get("MsgType") == TRANSFER:
            self._agents.queue((said.account, said.customer))
        elif reply:
            self._world.books.write(self._heard(said, reply))

    def _heard(self, said: Said, reply: Mapping[str, str]) -> Heard:
        """A passive reply: it reaches the phone without costing the account anything."""
        made = new_id()
        return Heard(
            id=made,
            at=self._world.clock(),
            account=said.account,
            customer=said.customer,
            kind=reply["MsgType"],
            key=said.key or made,
            text=words_of(reply),
            medium=reply.get(MEDIA.get(reply["MsgType"], ""), ""),
            passive=True,
        )


EVENTS: Mapping[str, Callable[[WeChatPhone, Saying], Fields]] = {
    "subscribe": WeChatPhone.followed,
    "unsubscribe": lambda _phone, _saying: {"Event": "unsubscribe", "EventKey": ""},
    "scan": WeChatPhone.scanned_code,
    "click": WeChatPhone.clicked,
    "scancode_push": WeChatPhone.clicked,
    "scancode_waitmsg": WeChatPhone.clicked,
    "view": WeChatPhone.viewed,
    "report_place": lambda _phone, saying: _reported_place(saying),
    "consent": WeChatPhone.consented,
    "reconsider": WeChatPhone.reconsidered,
}
"""What a phone does beside sending messages, by the name that the lab gives it."""


async def _nothing() -> None:
    """What one of WeChat's own agents gets, the account does not."""


def _kind_of_file(content: bytes) -> str:
    kind = kind_of(content)
    if not kind:
        raise CannotSay("WeChat's phones send pictures, voices (AMR, MP3) and videos (MP4)")
    return kind


def _place(saying: Saying) -> Fields:
    latitude, longitude = saying.place or (0.0, 0.0)
    return {"Location_X": str(latitude), "Location_Y": str(longitude)}


def _reported_place(saying: Saying) -> Fields:
    latitude, longitude = saying.place or (0.0, 0.0)
    return {"Event": "LOCATION", "Latitude": str(latitude), "Longitude": str(longitude), "Precision": "119.385040"}
