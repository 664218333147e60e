"""Answers to Twilio's requests: TwiML, which may hold a message to the customer.

Source: twilio.com/docs/messaging/twiml; to `action` go the statuses of a message (twilio-ruby, `MessagingResponse`).
Twilio waits 15 seconds for it, and reads the answer to a status the same way.
"""

from xml.sax.saxutils import escape, quoteattr

from channels.contract import WebhookReply
from channels.xml_text import sayable

LONGEST_WAIT = 12.0
"""Seconds; the answer must still travel."""


def answer(words: str = "", callback: str = "") -> WebhookReply:
    """The answer that says these words to the customer, or nothing. Twilio tells `callback` what becomes of them."""
    action = f" action={quoteattr(callback)}" if callback else ""
    said = f"<Response><Message{action}>{escape(sayable(words))}</Message></Response>" if words else "<Response/>"
    return WebhookReply(body=f'<?xml version="1.0" encoding="UTF-8"?>{said}'.encode(), content_type="text/xml")
