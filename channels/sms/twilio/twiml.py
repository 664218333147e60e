"""Answers to Twilio's requests: TwiML, which may hold a message to the customer.

Source: twilio.com/docs/messaging/twiml. Twilio waits 15 seconds for it.
"""

from xml.sax.saxutils import escape

from channels.contract import WebhookReply
from channels.xml_text import sayable

LONGEST_WAIT = 12.0
"""Seconds; the answer must still travel."""


def answer(words: str = "") -> WebhookReply:
    """The answer that says these words to the customer, or nothing."""
    said = f"<Response><Message>{escape(sayable(words))}</Message></Response>" if words else "<Response/>"
    return WebhookReply(body=f'<?xml version="1.0" encoding="UTF-8"?>{said}'.encode(), content_type="text/xml")
