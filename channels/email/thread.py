"""Threads: a token that proves that a mail continues one of our conversations.

The token is the conversation's id with an HMAC, in characters that survive in any address: base32, lower case. Our mail
carries it in Reply-To (`mailbox+token@domain`) and inside its Message-ID, so that either one is enough to come home.
"""

import re
from collections.abc import Iterable

from channels.email import tokens
from conversations.ids import ConversationId, DeliveryId

_PURPOSE = b"huiliu mail thread"
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,990}>")

# A thread of years names hundreds of messages; the nearest are enough to find it.
_MOST_REFERENCES = 30


def thread_token(secret: str, conversation: ConversationId) -> str:
    """42 characters that only we can make for this conversation. Raises ValueError for an id that is not ours."""
    return tokens.sign(secret, _PURPOSE, conversation)


def read_token(secret: str, text: str) -> ConversationId | None:
    """The conversation whose genuine token stands in this text, such as an address or a Message-ID."""
    found = tokens.find(secret, _PURPOSE, text)
    return ConversationId(found) if found else None


def find_conversation(secret: str, texts: Iterable[str]) -> str:
    """The first proven conversation among addresses and Message-IDs; empty when there is none."""
    return next(filter(None, (read_token(secret, text) for text in texts)), "")


def message_id(delivery: DeliveryId, token: str, domain: str) -> str:
    """The Message-ID of one delivery: the same on each attempt, which is what makes a repeated mail recognisable."""
    return f"<{delivery}.{token}@{domain}>"


def message_ids(value: str) -> tuple[str, ...]:
    """The Message-IDs in a header, in its order."""
    return tuple(_MESSAGE_ID.findall(value))


def references(in_reply_to: str, references_header: str) -> tuple[str, ...]:
    """What a mail answers, the nearest first: In-Reply-To, then References from their end."""
    nearest = message_ids(in_reply_to) + message_ids(references_header)[::-1]
    return tuple(dict.fromkeys(nearest))[:_MOST_REFERENCES]
