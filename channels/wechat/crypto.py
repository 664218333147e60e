"""Proving that a request comes from WeChat, and opening its envelope.

wechatpy decrypts and reads XML (with entities disabled). It raises whatever its parsers raise and compares signatures
in varying time, so that both are wrapped here. Rules: developers.weixin.qq.com, 消息加解密说明.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]  # ships no types
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from channels.contract import WebhookRequest
from channels.wechat.config import Mode, WeChatConfig
from conversations.errors import PayloadUnreadable, SignatureInvalid

FRESH = timedelta(minutes=10)
"""WeChat redelivers within 15 seconds; the rest is for clocks that differ."""


def signature(*secrets_and_salts: str) -> str:
    """WeChat's signature: SHA-1 of the sorted strings."""
    return hashlib.sha1("".join(sorted(secrets_and_salts)).encode(), usedforsecurity=False).hexdigest()


class Envelope:
    """How one account's requests are signed and wrapped."""

    def __init__(self, config: WeChatConfig) -> None:
        self._config = config
        self._key = base64.b64decode(config.aes_key + "=")

    def verify(self, request: WebhookRequest) -> None:
        """Raise `SignatureInvalid` unless WeChat, and recently, made this request for this account."""
        query = request.query
        self._check(query.get("signature", ""), query)
        _check_fresh(query.get("timestamp", ""), request.received_at)
        if request.method == "GET":
            return
        if self._is_encrypted(request):
            self._check(query.get("msg_signature", ""), query, _encrypted_part(request.body))
        elif self._config.mode == Mode.SAFE:
            # Whoever drops `encrypt_type` from a captured address could otherwise post any plain text.
            raise SignatureInvalid("Plain text is refused in safe mode")

    def open(self, request: WebhookRequest) -> str:
        """The XML document of a verified request. Raises `PayloadUnreadable`, also for another account's."""
        if self._is_encrypted(request):
            return self._decrypt(_encrypted_part(request.body))
        try:
            return request.body.decode()
        except UnicodeDecodeError:
            raise PayloadUnreadable("The document is not UTF-8") from None

    def _is_encrypted(self, request: WebhookRequest) -> bool:
        return self._config.mode != Mode.PLAIN and "encrypt_type" in request.query

    def _check(self, claimed: str, query: Mapping[str, str], *content: str) -> None:
        expected = signature(self._config.token, query.get("timestamp", ""), query.get("nonce", ""), *content)
        if not hmac.compare_digest(expected.encode(), claimed.encode()):
            raise SignatureInvalid

    def _decrypt(self, encrypted: str) -> str:
        try:
            return str(PrpCrypto(self._key).decrypt(encrypted, self._config.app_id))
        except InvalidAppIdException:
            raise PayloadUnreadable("The message is addressed to another AppID") from None
        except Exception as error:  # wechatpy lets through whatever base64, AES, struct and UTF-8 raise
            raise PayloadUnreadable("The message cannot be decrypted; is the EncodingAESKey right?") from error


def _check_fresh(timestamp: str, received_at: datetime) -> None:
    seconds = int(timestamp) if re.fullmatch(r"\d{1,12}", timestamp) else 0
    if abs(seconds - received_at.timestamp()) > FRESH.total_seconds():
        raise SignatureInvalid("The request is too old, or from the future")


def _encrypted_part(body: bytes) -> str:
    """The `Encrypt` element. Raises `SignatureInvalid`: without it nothing is signed."""
    try:
        encrypted = xmltodict.parse(body)["xml"]["Encrypt"]
    except (ExpatError, ValueError, LookupError, TypeError) as error:
        raise SignatureInvalid("There is no encrypted part") from error
    if not isinstance(encrypted, str):
        raise SignatureInvalid("There is no encrypted part")
    return encrypted
