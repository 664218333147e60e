"""The customers' phones at Twilio: they write, send pictures, and may refuse further messages."""

from conversations.ids import new_id
from lab.books import Said
from lab.twilio.callbacks import TwilioCallbacks
from lab.world import CannotSay, Delivery, Saying, World

STOP = frozenset(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"))
START = frozenset(("start", "unstop", "yes"))


def sid(prefix: str) -> str:
    """A name as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + new_id()


class TwilioPhone:
    """What customers send."""

    def __init__(self, world: World, callbacks: TwilioCallbacks) -> None:
        self._world = world
        self._callbacks = callbacks

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer sent."""
        if not saying.text and not saying.picture:
            raise CannotSay("a message needs words or a picture")
        medium = self._world.media.keep(saying.account.id, saying.picture) if saying.picture else None
        said = Said(
            id=new_id(),
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind="image" if medium else "text",
            key=sid("MM" if medium else "SM"),
            text=saying.text,
            medium=medium.id if medium else "",
        )
        self._world.books.write(said)
        return said, self._callbacks.bring(saying.account, said, self._fields(saying, said))

    def _fields(self, saying: Saying, said: Said) -> dict[str, str]:
        settings = saying.account.settings
        return {
            "SmsMessageSid": said.key,
            "SmsSid": said.key,
            "MessageSid": said.key,
            "AccountSid": settings["account_sid"],
            "From": self._world.people.named(said.customer).phone,
            "To": settings.get("from_number", ""),
            "Body": said.text,
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "NumSegments": "1",
            **self._picture(saying, said),
            **_opt_out(said.text),
        }

    def _picture(self, saying: Saying, said: Said) -> dict[str, str]:
        if not said.medium:
            return {"NumMedia": "0"}
        account = saying.account.settings["account_sid"]
        path = f"/twilio/2010-04-01/Accounts/{account}/Messages/{said.key}/Media/{said.medium}"
        mime = self._world.media.find(said.medium).mime
        return {"NumMedia": "1", "MediaUrl0": self._world.config.public_url + path, "MediaContentType0": mime}


def _opt_out(text: str) -> dict[str, str]:
    """What Twilio's own management of opt-outs understood."""
    word = text.strip().lower()
    if word in STOP:
        return {"OptOutType": "STOP"}
    return {"OptOutType": "START"} if word in START else {}
