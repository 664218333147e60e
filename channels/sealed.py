"""The envelope that WeChat and WeCom share: a document under AES, and a signature over it.

wechatpy encrypts, decrypts and reads XML (with entities disabled). It raises whatever its libraries raise, compares
signatures in varying time and draws its noise from `random`, so that these are done here. Rules:
developers.weixin.qq.com, 消息加解密说明; developer.work.weixin.qq.com/document/path/90968.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]  # ships no types
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from conversations.errors import PayloadUnreadable, SignatureInvalid

FRESH = timedelta(minutes=10)
"""Redeliveries come within 15 seconds; the rest is for clocks that differ."""


def signature(*secrets_and_salts: str) -> str:
    """The signature of WeChat and WeCom: SHA-1 of the sorted strings."""
    return hashlib.sha1("".join(sorted(secrets_and_salts)).encode(), usedforsecurity=False).hexdigest()


def is_aes_key(text: str) -> bool:
    """Whether this can be an EncodingAESKey: 43 characters, which are 32 bytes."""
    try:
        return len(base64.b64decode(text + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def check_fresh(timestamp: str, received_at: datetime) -> None:
    """Raise `SignatureInvalid` unless this second was just now."""
    seconds = int(timestamp) if re.fullmatch(r"\d{1,12}", timestamp) else 0
    if abs(seconds - received_at.timestamp()) > FRESH.total_seconds():
        raise SignatureInvalid("The request is too old, or from the future")


def encrypted_part(body: bytes) -> str:
    """The `Encrypt` element. Raises `SignatureInvalid`: without it nothing is signed."""
    try:
        encrypted = xmltodict.parse(body)["xml"]["Encrypt"]
    except (ExpatError, ValueError, LookupError, TypeError) as error:
        raise SignatureInvalid("There is no encrypted part") from error
    if not isinstance(encrypted, str):
        raise SignatureInvalid("There is no encrypted part")
    return encrypted


@dataclass(frozen=True)
class Seal:
    """The secrets of one account. `receiver` is the AppID or CorpID with which every envelope must end."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    receiver: str

    def check(self, claimed: str, query: Mapping[str, str], *content: str) -> None:
        """Raise `SignatureInvalid` unless this signature is the one of the request's query and content."""
        expected = signature(self.token, query.get("timestamp", ""), query.get("nonce", ""), *content)
        if not hmac.compare_digest(expected.encode(), claimed.encode()):
            raise SignatureInvalid

    def open(self, encrypted: str) -> str:
        """The document inside. Raises `PayloadUnreadable`, also for what is meant for another account."""
        try:
            return str(self._crypto().decrypt(encrypted, self.receiver))
        except InvalidAppIdException:
            raise PayloadUnreadable("The message is addressed to another AppID or CorpID") from None
        except Exception as error:  # wechatpy lets through whatever base64, AES, struct and UTF-8 raise
            raise PayloadUnreadable("The message cannot be decrypted; is the EncodingAESKey right?") from error

    def reply(self, document: str, at: datetime) -> bytes:
        """An answer to a request: the document, encrypted and signed."""
        encrypted = self._crypto().encrypt(document, self.receiver).decode()
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
        signed = signature(self.token, timestamp, nonce, encrypted)
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    def _crypto(self) -> "_Crypto":
        return _Crypto(base64.b64decode(self.aes_key + "="))


class _Crypto(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    def get_random_string(self) -> bytes:
        return secrets.token_bytes(16)
