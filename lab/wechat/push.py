"""WeChat towards the product: documents, signed and in safe mode encrypted, delivered up to three times.

The answer to a delivery may be a message itself (被动回复); it is read as strictly as what comes over the interface.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.books import Customer, Refused
from lab.config import AccountConfig
from lab.media import MediaGone
from lab.people import openid_of
from lab.sealed import SafeMode, Undecipherable, signature
from lab.webhook import Post, Push
from lab.wechat.replies import check_reply
from lab.wechat.xml import Fields, read, render
from lab.world import World

DELIVERIES = 3
"""How often WeChat delivers before it gives up."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Something the product is told about a follower; `about` is the id of the entry in the books."""

    account: AccountConfig
    customer: Customer
    about: str
    at: datetime
    fields: Fields

    @property
    def openid(self) -> str:
        """Who the follower is to the account."""
        return openid_of(self.account.settings["app_id"], self.customer)

    def xml(self) -> bytes:
        """The document."""
        sender = {"ToUserName": original_id(self.account), "FromUserName": self.openid}
        return render({**sender, "CreateTime": int(self.at.timestamp()), **self.fields})


class Pusher:
    """Delivers, and reads what is answered."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def push(self, letter: Letter) -> dict[str, str]:
        """Deliver until the product is content; the passive reply, empty if there is none."""
        timings, account, xml = self._world.config.timings, letter.account, letter.xml()
        replies: list[dict[str, str]] = []
        await self._world.webhooks.push(
            Push(
                about=letter.about,
                compose=lambda: compose(account, self._world.config.webhook(account.id), xml, self._world.clock()),
                content=lambda status, body: status == 200 and self._understands(letter, body, replies),
                deadline=timings.wechat_deadline,
                pauses=(timings.wechat_deadline,) * (DELIVERIES - 1),
                thrice=self._world.manners["wechat"].thrice,
            )
        )
        self._compare(replies)
        return replies[0] if replies else {}

    def _understands(self, letter: Letter, body: bytes, replies: list[dict[str, str]]) -> bool:
        try:
            reply = read_reply(letter.account, body)
            if reply:
                check_reply(reply, letter.openid, original_id(letter.account), letter.fields, self._has_file)
        except ValueError:
            return False
        replies.append(reply)
        return True

    def _has_file(self, media_id: str) -> bool:
        try:
            self._world.media.find(media_id)
        except MediaGone:
            return False
        return True

    def _compare(self, replies: list[dict[str, str]]) -> None:
        """Each delivery of one message must be answered alike, since only one of the answers is shown."""
        if any(reply != replies[0] for reply in replies):
            self._world.books.write(
                Refused(
                    at=self._world.clock(), where="passive reply", code="", text="deliveries were answered differently"
                )
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
        return fields
    token = account.settings["token"]
    values = (token, fields.get("TimeStamp", ""), fields.get("Nonce", ""), fields.get("Encrypt", ""))
    if fields.get("MsgSignature") != signature(*values):
        raise Undecipherable("the reply's MsgSignature is wrong")
    return read(_safe_mode(account).decrypt(fields["Encrypt"]))


def _safe_mode(account: AccountConfig) -> SafeMode:
    return SafeMode(account.settings["aes_key"], account.settings["app_id"])
