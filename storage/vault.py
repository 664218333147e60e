"""Secrets at rest: sealed with a key that is not in the database."""

import base64
import hashlib
from collections.abc import Mapping

import orjson
from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """The database was sealed with another secret key than the one given."""


class Vault:
    """Seals and opens settings and tokens (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def seal(self, secret: Mapping[str, str]) -> str:
        """Make it unreadable."""
        return self._fernet.encrypt(orjson.dumps(dict(secret))).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """Make it readable. Raises `WrongKey`."""
        try:
            opened: dict[str, str] = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise WrongKey("the secret key does not open this database; restore the key it was made with") from error
        return opened
