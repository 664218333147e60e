"""What the gateway takes over: it checks each SUBMIT, and puts the pieces of long messages together for the phone."""

import re
import struct
from dataclasses import dataclass

from lab.cmpp.wire import Submission, read_submission
from lab.config import AccountConfig
from lab.phones import read_phone

MALFORMED, LENGTH, FEE, SERVICE, FLOW, SOURCE, AUTHOR, PHONE = 1, 4, 5, 7, 8, 10, 11, 13
UNSENT, UNSAFE = 53, 76

MOST_PHONES = 100
ROOM, ROOM_ASCII = 140, 159
"""Bytes of a short message."""

FEE_TYPES = frozenset(("01", "02", "03", "04", "05"))
CODECS = {0: "ascii", 8: "utf-16-be", 15: "gb18030"}

_HEADER = re.compile(rb"(?:\x05\x00\x03(.)|\x06\x08\x04(..))(.)(.)", re.DOTALL)
_SIGNED = re.compile(r"【([^【】]+)】")


class Refuses(Exception):
    """The gateway says no, by one of the Results of SUBMIT_RESP."""

    def __init__(self, result: int, text: str) -> None:
        super().__init__(text)
        self.result = result


@dataclass(frozen=True)
class Piece:
    """A short message that may be one of several: its words, still as bytes."""

    reference: bytes
    number: int
    total: int
    words: bytes


def checked(body: bytes, account: AccountConfig, version: int) -> tuple[Submission, Piece]:
    """A SUBMIT that is in order. Raises `Refuses`."""
    try:
        submission = read_submission(body, version)
    except (struct.error, IndexError) as error:
        raise Refuses(MALFORMED, str(error)) from None
    _check_fields(submission, account)
    piece = _piece(submission)
    if piece.number == 1:
        _check_signature(decoded(submission, piece.words), account)
    return submission, piece


def decoded(submission: Submission, words: bytes) -> str:
    """The words, strictly. Raises `Refuses`."""
    try:
        return words.decode(CODECS[submission.msg_fmt])
    except (KeyError, UnicodeDecodeError) as error:
        raise Refuses(MALFORMED, f"Msg_Fmt {submission.msg_fmt}: {error}") from None


def _check_fields(submission: Submission, account: AccountConfig) -> None:
    settings = account.settings
    room = ROOM_ASCII if submission.msg_fmt == 0 else ROOM
    checks = {
        (AUTHOR, "Msg_src is another one's"): submission.msg_src == settings["source_addr"],
        (SOURCE, "Src_Id is another one's"): submission.src_id.startswith(settings["src_id"]),
        (SERVICE, "Service_Id is unknown"): submission.service_id == settings.get("service_id", ""),
        (FEE, "the fee is none"): submission.fee_type in FEE_TYPES and submission.fee_code.isdecimal(),
        (MALFORMED, "nobody pays"): submission.fee_user_type in (0, 1, 2, 3),
        (MALFORMED, "Registered_Delivery is unknown"): submission.registered_delivery in (0, 1, 2),
        (LENGTH, "the content has no length, or too much"): 1 <= len(submission.content) <= room,
        (PHONE, "no phone has this number"): 1 <= len(submission.phones) <= MOST_PHONES
        and all(map(read_phone, submission.phones)),
    }
    for (result, text), fine in checks.items():
        if not fine:
            raise Refuses(result, text)


def _piece(submission: Submission) -> Piece:
    if not submission.tp_udhi:
        if (submission.pk_number, submission.pk_total) != (1, 1):
            raise Refuses(MALFORMED, "a piece without a header")
        return Piece(b"", 1, 1, submission.content)
    found = _HEADER.match(submission.content)
    if found is None:
        raise Refuses(MALFORMED, "the header is none")
    total, number = found[3][0], found[4][0]
    if not 1 <= number <= total or (submission.pk_number, submission.pk_total) != (number, total):
        raise Refuses(MALFORMED, "the header and Pk_number do not agree")
    return Piece(found[1] or found[2], number, total, submission.content[found.end() :])


def _check_signature(text: str, account: AccountConfig) -> None:
    """A message has one signature: where we put it, ours at the beginning; otherwise none yet."""
    ours = account.settings.get("signature_by", "us") == "us"
    first = _SIGNED.match(text)
    if (first[1] if first else "") != (account.settings["signature"] if ours else ""):
        raise Refuses(UNSAFE, "the signature is not the registered one")
