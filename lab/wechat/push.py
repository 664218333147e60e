"""WeChat towards the product: what a follower does becomes signed, and in safe mode encrypted, XML."""

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from conversations.ids import new_id
from lab.books import Customer, Heard, Said
from lab.config import AccountConfig
from lab.people import openid_of
from lab.sealed import SafeMode, Undecipherable, signature
from lab.webhook import Post, Push
from lab.wechat.windows import Windows
from lab.wechat.xml import read, render
from lab.world import CannotSay, Delivery, Saying, World

Fields = dict[str, str | int]

DELIVERIES = 3
"""How often WeChat delivers before it gives up."""

TYPES = {"text": "text", "choice": "text", "image": "image", "location": "location"}


class WeChatPhone:
    """The followers' phones."""

    def __init__(self, world: World, windows: Windows) -> None:
        self._world = world
        self._windows = windows
        self._message_ids = itertools.count(time.time_ns())

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a follower did, and push it."""
        customer = self._world.people.named(saying.customer)
        self._refuse_impossible(saying)
        said = self._said(saying)
        fields = {**_envelope(saying.account, customer, said), **self._content(saying, said)}
        self._world.books.write(said)
        return said, self._deliver(saying.account, said, render(fields))

    def _refuse_impossible(self, saying: Saying) -> None:
        follows = self._windows.follows(saying.account.id, saying.customer)
        if saying.event == "subscribe" and follows:
            raise CannotSay("already follows this account")
        if saying.event != "subscribe" and not follows:
            raise CannotSay("does not follow this account")

    def _said(self, saying: Saying) -> Said:
        kind = _kind(saying)
        medium = self._world.media.keep(saying.account.id, saying.picture).id if saying.picture else ""
        return Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind=kind,
            key=str(next(self._message_ids)) if kind in TYPES else "",
            text=saying.text,
            medium=medium,
            choice=saying.choice,
        )

    def _content(self, saying: Saying, said: Said) -> Fields:
        if said.kind not in TYPES:
            return {"MsgType": "event", "Event": said.kind, "EventKey": ""}
        return {"MsgType": TYPES[said.kind], **self._words(saying, said), "MsgId": int(said.key)}

    def _words(self, saying: Saying, said: Said) -> Fields:
        match said.kind:
            case "image":
                return {"PicUrl": f"{self._world.config.public_url}/lab/media/{said.medium}", "MediaId": said.medium}
            case "location":
                latitude, longitude = saying.place or (0.0, 0.0)
                place = {"Location_X": str(latitude), "Location_Y": str(longitude), "Scale": "15"}
                return {**place, "Label": saying.text}
            case "choice":
                return {"Content": saying.text, "bizmsgmenuid": saying.choice}
            case _:
                return {"Content": saying.text}

    async def _deliver(self, account: AccountConfig, said: Said, xml: bytes) -> None:
        timings = self._world.config.timings
        push = Push(
            about=said.id,
            compose=lambda: compose(account, self._world.config.webhook(account.id), xml, self._world.clock()),
            content=lambda status, body: status == 200 and _readable(account, body),
            deadline=timings.wechat_deadline,
            pauses=(timings.wechat_deadline,) * (DELIVERIES - 1),
            thrice=self._world.manners["wechat"].thrice,
        )
        reply = read_reply(account, await self._world.webhooks.push(push) or b"")
        if reply:
            self._world.books.write(self._heard(said, reply))

    def _heard(self, said: Said, reply: Mapping[str, str]) -> Heard:
        """A passive reply: it reaches the phone without costing the account anything."""
        return Heard(
            id=new_id(),
            at=self._world.clock(),
            account=said.account,
            customer=said.customer,
            kind=reply["MsgType"],
            key=said.key,
            text=reply.get("Content", ""),
            medium=reply.get("Image/MediaId", ""),
            passive=True,
        )


def original_id(account: AccountConfig) -> str:
    """The name of the account inside messages."""
    return f"gh_{account.settings['app_id'][-12:]}"


def compose(account: AccountConfig, url: str, xml: bytes, now: datetime) -> Post:
    """Sign one delivery, and encrypt it if the account's mode asks for it."""
    token, mode = account.settings["token"], account.settings.get("mode", "safe")
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(5)
    query = {"signature": signature(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    if mode == "plain":
        return Post(url=url, query=query, content_type="text/xml", body=xml)
    encrypted = _safe_mode(account).encrypt(xml)
    query |= {"encrypt_type": "aes", "msg_signature": signature(token, timestamp, nonce, encrypted)}
    body = _BODIES[mode](original_id(account), xml, encrypted)
    return Post(url=url, query=query, content_type="text/xml", body=body)


def _compat_body(_name: str, xml: bytes, encrypted: str) -> bytes:
    return xml.removesuffix(b"</xml>") + f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def _safe_body(name: str, _xml: bytes, encrypted: str) -> bytes:
    return render({"ToUserName": name, "Encrypt": encrypted})


_BODIES: Mapping[str, Callable[[str, bytes, str], bytes]] = {"compat": _compat_body, "safe": _safe_body}


def read_reply(account: AccountConfig, body: bytes) -> dict[str, str]:
    """The passive reply in an answer, empty if there is none; raises ValueError for what WeChat would not read."""
    if body.strip() in (b"", b"success"):
        return {}
    fields = read(body)
    if account.settings.get("mode", "safe") == "plain":
        return _checked(fields)
    token = account.settings["token"]
    values = (token, fields.get("TimeStamp", ""), fields.get("Nonce", ""), fields.get("Encrypt", ""))
    if fields.get("MsgSignature") != signature(*values):
        raise Undecipherable("the reply's MsgSignature is wrong")
    return _checked(read(_safe_mode(account).decrypt(fields["Encrypt"])))


def _checked(fields: dict[str, str]) -> dict[str, str]:
    missing = {"ToUserName", "FromUserName", "CreateTime", "MsgType"} - fields.keys()
    if missing:
        raise ValueError(f"the reply lacks {sorted(missing)}")
    return fields


def _readable(account: AccountConfig, body: bytes) -> bool:
    try:
        read_reply(account, body)
    except ValueError:
        return False
    return True


def _safe_mode(account: AccountConfig) -> SafeMode:
    return SafeMode(account.settings["aes_key"], account.settings["app_id"])


def _kind(saying: Saying) -> str:
    if saying.event:
        return saying.event
    if saying.choice:
        return "choice"
    if saying.picture:
        return "image"
    return "location" if saying.place else "text"


def _envelope(account: AccountConfig, customer: Customer, said: Said) -> Fields:
    return {
        "ToUserName": original_id(account),
        "FromUserName": openid_of(account.settings["app_id"], customer),
        "CreateTime": int(said.at.timestamp()),
    }
