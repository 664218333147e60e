"""What customers do in WeChat becomes entries of the stream; a sealed callback without content tells the product."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conversations.ids import new_id
from lab.books import Medium, Said
from lab.config import AccountConfig
from lab.sealed import SafeMode, signature
from lab.webhook import Post, Push
from lab.wechat.xml import render
from lab.wecom.people import external_userid
from lab.wecom.sessions import Sessions
from lab.wecom.stream import Streams
from lab.world import CannotSay, Delivery, Saying, World

DELIVERIES = 3
"""How often WeCom calls before it gives up."""

CUSTOMER, SYSTEM, AGENT = 3, 4, 5
"""The `origin` of an entry."""


class WeComPhone:
    """The customers' phones, and whatever else makes an entry."""

    def __init__(self, world: World, streams: Streams, sessions: Sessions) -> None:
        self._world = world
        self._streams = streams
        self._sessions = sessions

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer did, and tell the product that there is something."""
        said = self._said(saying)
        entry = self._entry(saying, said)
        self._world.books.write(said)
        return said, self.tell(saying.account, entry, said.id)

    async def tell(self, account: AccountConfig, entry: Mapping[str, Any], about: str) -> None:
        """Add an entry and call the product. A WeCom that repeats itself tells the entry three times, too."""
        thrice = self._world.manners["wecom"].thrice
        for _ in range(3 if thrice else 1):
            self._streams.of(account).add(entry)
        timings = self._world.config.timings
        push = Push(
            about=about,
            compose=lambda: self._callback(account),
            content=lambda status, _body: status == 200,
            deadline=timings.wechat_deadline,
            pauses=(timings.wechat_deadline,) * (DELIVERIES - 1),
            thrice=thrice,
        )
        await self._world.webhooks.push(push)

    def written(self, account: AccountConfig, customer: str, **content: Any) -> dict[str, Any]:
        """An entry about one customer, by whomever."""
        return {
            "msgid": content.pop("msgid", "") or new_id(),
            "open_kfid": account.settings["open_kfid"],
            "external_userid": self.userid(account, customer),
            "send_time": int(self._world.clock().timestamp()),
            **content,
        }

    def event(self, account: AccountConfig, customer: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Something that WeCom itself tells. Account and customer stand inside."""
        names = {"open_kfid": account.settings["open_kfid"], "external_userid": self.userid(account, customer)}
        return {
            "msgid": new_id(),
            "send_time": int(self._world.clock().timestamp()),
            "origin": SYSTEM,
            "msgtype": "event",
            "event": {"event_type": kind, **names, **fields},
        }

    def userid(self, account: AccountConfig, customer: str) -> str:
        """What the account's company calls a customer."""
        return external_userid(account.settings["corp_id"], self._world.people.named(customer))

    def _said(self, saying: Saying) -> Said:
        medium = self._medium(saying)
        return Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind=_kind(saying),
            key=new_id(),
            text=saying.text,
            medium=medium.id if medium else "",
            choice=saying.choice,
        )

    def _medium(self, saying: Saying) -> Medium | None:
        content = saying.picture or saying.file
        return self._world.media.keep(saying.account.id, content) if content else None

    def _entry(self, saying: Saying, said: Said) -> dict[str, Any]:
        if said.kind == "enter_session":
            return {**self._entering(saying), "msgid": said.key}
        if said.kind == "recall":
            taken_back = self._own(saying).key
            event = self.event(saying.account, saying.customer, "user_recall_msg", recall_msgid=taken_back)
            return {**event, "msgid": said.key}
        kind, content = _content(saying, said)
        words = {"origin": CUSTOMER, "msgtype": kind, kind: content}
        return self.written(saying.account, saying.customer, msgid=said.key, **words)

    def _entering(self, saying: Saying) -> dict[str, Any]:
        """The scene of the link that the customer followed stands in `text`."""
        code = self._sessions.welcome_code(saying.account.id, saying.customer)
        fields = {"scene": saying.text, "scene_param": "", **({"welcome_code": code} if code else {})}
        return self.event(saying.account, saying.customer, "enter_session", **fields)

    def _own(self, saying: Saying) -> Said:
        """The message that the customer takes back: `reply_to` names it."""
        for entry in self._world.books:
            if isinstance(entry, Said) and entry.id == saying.reply_to and entry.customer == saying.customer:
                return entry
        raise CannotSay("there is no such message to take back")

    def _callback(self, account: AccountConfig) -> Post:
        now = self._world.clock()
        return compose(account, self._world.config.webhook(account.id), self._streams.of(account).lend_token(), now)


def compose(account: AccountConfig, url: str, token: str, now: datetime) -> Post:
    """One callback, sealed. https://developer.work.weixin.qq.com/document/path/90930"""
    corp_id = account.settings["corp_id"]
    news: dict[str, str | int] = {
        "ToUserName": corp_id,
        "CreateTime": int(now.timestamp()),
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": token,
        "OpenKfId": account.settings["open_kfid"],
    }
    encrypted = SafeMode(account.settings["aes_key"], corp_id).encrypt(render(news))
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(5)
    signed = signature(account.settings["token"], timestamp, nonce, encrypted)
    query = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce}
    body = render({"ToUserName": corp_id, "Encrypt": encrypted, "AgentID": ""})
    return Post(url=url, query=query, content_type="text/xml", body=body)


def _kind(saying: Saying) -> str:
    """The events are `enter_session` and `recall`."""
    if saying.event and saying.event not in ("enter_session", "recall"):
        raise CannotSay("customers of WeCom neither follow nor leave")
    if saying.event:
        return saying.event
    if saying.choice:
        return "choice"
    if saying.picture:
        return "image"
    if saying.file:
        return "file"
    return "location" if saying.place else "text"


def _content(saying: Saying, said: Said) -> tuple[str, dict[str, Any]]:
    match said.kind:
        case "image" | "file":
            return said.kind, {"media_id": said.medium}
        case "location":
            latitude, longitude = saying.place or (0.0, 0.0)
            return "location", {"latitude": latitude, "longitude": longitude, "name": saying.text, "address": ""}
        case "choice":
            return "text", {"content": saying.text, "menu_id": saying.choice}
        case _:
            return "text", {"content": saying.text}
