"""Secrets at rest: sealed with a key that is not in the database."""

from collections.abc import Mapping
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """The database was sealed with another secret key than the one given."""


class Vault:
    """Seals and opens settings and tokens (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key)

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


def key_from_file(path: Path) -> str:
    """The key in a file that only its owner may read; made at the first call."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(Fernet.generate_key())
    return path.read_text().strip()
