"""The customers' phones: what they write goes to the access number, in pieces if it is long."""

import secrets

from conversations.ids import new_id
from lab.books import Said
from lab.cmpp.switchboard import Switchboard
from lab.cmpp.wire import Up
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.phones import write_phone
from lab.world import CannotSay, Delivery, Saying, World

ASCII, UCS2 = 0, 8
ROOM, ROOM_OF_MANY = 140, 134
"""Bytes of a message, and of each of several, behind the header of six."""


class CmppPhone:
    """Writes as phones do: what is not ASCII in UCS-2, longer texts in pieces with a header."""

    def __init__(self, world: World, switchboard: Switchboard) -> None:
        self._world = world
        self._switchboard = switchboard

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer texted; the coroutine brings it to the product."""
        if not saying.text:
            raise CannotSay("an SMS needs words")
        ups = self._ups(saying)
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind="text",
            key=str(ups[0].msg_id),
            text=saying.text,
        )
        self._world.books.write(said)
        return said, self._switchboard.bring(saying.account, said.id, self._in_some_order(ups))

    def _in_some_order(self, ups: list[Up]) -> list[Up]:
        swapped = self._world.manners["sms_cmpp"].receipts is Receipts.SWAPPED
        return ups[::-1] if swapped else ups

    def _ups(self, saying: Saying) -> list[Up]:
        phone = self._world.people.named(saying.customer).phone
        if saying.text.isascii() and len(saying.text) <= ROOM:
            return [self._up(saying.account, phone, saying.text.encode(), msg_fmt=ASCII)]
        pieces = _pieces(saying.text)
        if len(pieces) == 1:
            return [self._up(saying.account, phone, pieces[0], msg_fmt=UCS2)]
        head = bytes((5, 0, 3, secrets.randbelow(256), len(pieces)))
        return [
            self._up(saying.account, phone, head + bytes((number,)) + piece, msg_fmt=UCS2, tp_udhi=1)
            for number, piece in enumerate(pieces, start=1)
        ]

    def _up(self, account: AccountConfig, phone: str, content: bytes, *, msg_fmt: int, tp_udhi: int = 0) -> Up:
        return Up(
            msg_id=self._switchboard.new_msg_id(),
            src_id=account.settings["src_id"],
            service_id=account.settings.get("service_id", ""),
            phone=write_phone(phone),
            content=content,
            msg_fmt=msg_fmt,
            tp_udhi=tp_udhi,
        )


def _pieces(text: str) -> list[bytes]:
    """UCS-2 in as many messages as it takes; a character stays whole."""
    whole = text.encode("utf-16-be")
    if len(whole) <= ROOM:
        return [whole]
    pieces = [b""]
    for character in text:
        raw = character.encode("utf-16-be")
        if len(pieces[-1]) + len(raw) > ROOM_OF_MANY:
            pieces.append(b"")
        pieces[-1] += raw
    return pieces
