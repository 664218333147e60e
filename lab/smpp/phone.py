"""The customers' phones: what they write goes to the account's number, in pieces if it is long."""

import itertools
from dataclasses import replace

from conversations.ids import new_id
from lab.books import Said
from lab.config import AccountConfig
from lab.misbehaviour import Receipts
from lab.smpp.alphabet import SEVEN_BIT, UCS2, is_seven_bit, write
from lab.smpp.switchboard import Switchboard
from lab.smpp.wire import SAR, USER_MESSAGE_REFERENCE, Party, ShortMessage
from lab.world import CannotSay, Command, Delivery, Saying, World

HAS_HEADER = 0x40

ROOM, ROOM_OF_MANY = {SEVEN_BIT: 160, UCS2: 140}, {SEVEN_BIT: 152, UCS2: 132}
"""Bytes of a message, and of each of several, behind the longer of the two headers."""

ACCESS_NUMBER = "10690000"


class SmppPhone:
    """Writes as phones do: in the small alphabet if it suffices. The centre joins long texts in each way in turn."""

    def __init__(self, world: World, switchboard: Switchboard) -> None:
        self._world = world
        self._switchboard = switchboard
        self._references = itertools.count(0x00FD)
        self._referring: set[str] = set()

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer texted; the coroutine brings it to the product."""
        if not saying.text:
            raise CannotSay("an SMS needs words")
        messages = self._messages(saying)
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind="text",
            key=f"mo{self._switchboard.new_id()}",
            text=saying.text,
        )
        self._world.books.write(said)
        return said, self._switchboard.bring(saying.account, said.id, self._in_some_order(messages))

    def command(self) -> Command:
        """What an operator gets switched on: messages have a reference each (`user_message_reference`)."""
        return lambda account, _asked: self._referring.add(account.id)

    def _in_some_order(self, messages: list[ShortMessage]) -> list[ShortMessage]:
        swapped = self._world.manners["sms_smpp"].receipts is Receipts.SWAPPED
        return messages[::-1] if swapped else messages

    def _messages(self, saying: Saying) -> list[ShortMessage]:
        data_coding = SEVEN_BIT if is_seven_bit(saying.text) else UCS2
        pieces = _pieces(saying.text, data_coding)
        phone = self._world.people.named(saying.customer).phone
        if len(pieces) == 1:
            return [self._referred(saying.account, _message(saying.account, phone, pieces[0], data_coding))]
        reference = next(self._references)
        return [
            _joined(_message(saying.account, phone, piece, data_coding), reference, len(pieces), number)
            for number, piece in enumerate(pieces, start=1)
        ]

    def _referred(self, account: AccountConfig, message: ShortMessage) -> ShortMessage:
        if account.id not in self._referring:
            return message
        return replace(message, parameters={USER_MESSAGE_REFERENCE: next(self._references).to_bytes(2)})


def _message(account: AccountConfig, phone: str, text: bytes, data_coding: int) -> ShortMessage:
    number = account.settings.get("source") or ACCESS_NUMBER
    return ShortMessage(
        source=Party(digits=phone.removeprefix("+")),
        destination=Party(digits=number),
        text=text,
        data_coding=data_coding,
    )


def _joined(message: ShortMessage, reference: int, total: int, number: int) -> ShortMessage:
    """By a header of 8 bits, of 16 bits, or by SMPP's own parameters, as the reference has it."""
    place = bytes((total, number))
    way = reference % 3
    if way == 0:
        return replace(message, parameters=dict(zip(SAR, (reference.to_bytes(2), place[:1], place[1:]), strict=True)))
    header = b"\5\0\3" + bytes((reference & 0xFF,)) if way == 1 else b"\6\x08\4" + reference.to_bytes(2)
    return replace(message, text=header + place + message.text, esm_class=HAS_HEADER)


def _pieces(text: str, data_coding: int) -> list[bytes]:
    """In as many messages as it takes; a character stays whole."""
    whole = write(text, data_coding)
    if len(whole) <= ROOM[data_coding]:
        return [whole]
    pieces = [b""]
    for character in text:
        raw = write(character, data_coding)
        if len(pieces[-1]) + len(raw) > ROOM_OF_MANY[data_coding]:
            pieces.append(b"")
        pieces[-1] += raw
    return pieces
