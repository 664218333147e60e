"""The signatures and the encryption of WeChat and WeCom, written from the provider's description alone.

Nothing here comes from the product or from a library for WeChat, so that the two sides check each other.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32  # PKCS#7 over 32 bytes, although the block of AES has 16
NOISE = 16
LENGTH = 4


class Undecipherable(ValueError):
    """The text was not encrypted for this account, or not by these rules."""


def signature(*values: str) -> str:
    """SHA-1 over the sorted values: token, timestamp and nonce, and in safe mode the encrypted text."""
    return hashlib.sha1("".join(sorted(values)).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class SafeMode:
    """Encryption between the provider and one account.

    `aes_key` is the EncodingAESKey of 43 characters, `receiver` the AppID or CorpID.
    """

    aes_key: str = field(repr=False)
    receiver: str

    def encrypt(self, xml: bytes) -> str:
        """Frame, pad and encrypt a message, as base64."""
        frame = secrets.token_bytes(NOISE) + len(xml).to_bytes(LENGTH, "big") + xml + self.receiver.encode()
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(_pad(frame)) + encryptor.finalize()).decode()

    def decrypt(self, text: str) -> bytes:
        """The message inside; raises Undecipherable."""
        try:
            decryptor = self._cipher().decryptor()
            frame = _unpad(decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize())
        except ValueError as error:
            raise Undecipherable(str(error)) from error
        body = frame[NOISE + LENGTH :]
        length = int.from_bytes(frame[NOISE : NOISE + LENGTH], "big")
        if body[length:] != self.receiver.encode():
            raise Undecipherable("encrypted for another account")
        return body[:length]

    def _cipher(self) -> Cipher[CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(AES(key), CBC(key[:16]))


def _pad(frame: bytes) -> bytes:
    missing = BLOCK - len(frame) % BLOCK
    return frame + bytes([missing]) * missing


def _unpad(frame: bytes) -> bytes:
    missing = frame[-1] if frame else 0
    if not 1 <= missing <= BLOCK or frame[-missing:] != bytes([missing]) * missing:
        raise Undecipherable("bad padding")
    return frame[:-missing]
