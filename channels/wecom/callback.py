"""WeCom's callback: it says that there are news, and lends a token to fetch them (path/94670)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]  # ships no types

from channels.contract import Parsed, WebhookReply, WebhookRequest
from channels.sealed import Seal, check_fresh, encrypted_part
from channels.wecom.config import WeComConfig
from conversations.errors import PayloadUnreadable
from conversations.inbound import Unknown

NEWS = "kf_msg_or_event"
TAKEN = WebhookReply(body=b"success")


class Callback:
    """How one account's callbacks are sealed and read."""

    def __init__(self, config: WeComConfig) -> None:
        self._open_kfid = config.open_kfid
        self._seal = Seal(config.token, config.aes_key, config.corp_id)

    def verify(self, request: WebhookRequest) -> None:
        """Raise `SignatureInvalid` unless WeCom, and recently, made this request for this app."""
        query = request.query
        self._seal.check(query.get("msg_signature", ""), query, _sealed(request))
        check_fresh(query.get("timestamp", ""), request.received_at)

    def parse(self, request: WebhookRequest) -> Parsed:
        """A GET is WeCom's test of the address: it wants to read what it sealed. Raises `PayloadUnreadable`."""
        document = self._seal.open(_sealed(request))
        if request.method == "GET":
            return Parsed((), WebhookReply(body=document.encode()))
        fields = _fields(document)
        if fields.get("Event") == NEWS and fields.get("OpenKfId") == self._open_kfid and fields.get("Token"):
            return Parsed((), TAKEN, wakes=fields["Token"])
        return Parsed((_unknown(document, fields, request.received_at),), TAKEN)


def _sealed(request: WebhookRequest) -> str:
    return request.query.get("echostr", "") if request.method == "GET" else encrypted_part(request.body)


def _fields(document: str) -> Mapping[str, str]:
    """The elements that hold words. Entities are not resolved."""
    try:
        fields = xmltodict.parse(document)["xml"]
    except (ExpatError, ValueError, LookupError, TypeError) as error:
        raise PayloadUnreadable("This is not a callback of WeCom") from error
    if not isinstance(fields, dict):
        raise PayloadUnreadable("This is not a callback of WeCom")
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _unknown(document: str, fields: Mapping[str, str], received_at: datetime) -> Unknown:
    """Another account's news, or news of another kind; WeCom repeats them word for word."""
    return Unknown(
        key=sha256(document.encode()).hexdigest()[:32],
        name=fields.get("Event") or fields.get("MsgType") or "callback",
        occurred_at=_time(fields.get("CreateTime", ""), received_at),
        raw=document,
    )


def _time(seconds: str, received_at: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return received_at
