"""What Twilio reads in the answer to a request of its own: messages to the customer.

https://www.twilio.com/docs/messaging/twiml
"""

from dataclasses import dataclass
from xml.etree import ElementTree


@dataclass(frozen=True)
class Message:
    """Words for the customer, and where statuses of them go."""

    words: str
    action: str = ""


def messages_in(body: bytes) -> list[Message]:
    """Each <Message>; an empty answer has none. Raises ValueError for what is no TwiML (12100, 12200)."""
    if not body.strip():
        return []
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # our own product's answer, over the loopback
    except ElementTree.ParseError as error:
        raise ValueError(f"12100 Document parse failure: {error}") from error
    if root.tag != "Response" or any(child.tag != "Message" or set(child.keys()) - {"action"} for child in root):
        raise ValueError("12200 Schema validation warning")
    return [Message("".join(child.itertext()), child.get("action", "")) for child in root]
