"""What `kf/sync_msg` tells: everything that happened to one account, in order, for three days (path/94670).

It is kept in a file, so that a cursor of the product means the same after a restart.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from conversations.clock import Clock
from lab.config import AccountConfig
from lab.wecom.refusals import WeComRefuses

HISTORY = timedelta(days=3)
TOKEN_LIFE = timedelta(minutes=10)
MOST = 1000
CALLS_WITHOUT_TOKEN = 60
"""A minute. WeCom says that they are strictly limited, but not how; this number is the lab's."""

Entry = Mapping[str, Any]


class Stream:
    """One account's. `play` makes the next pages small, or empty although there is more."""

    def __init__(self, file: Path, name: str, clock: Clock) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._name = name
        self._clock = clock
        self._entries: list[Entry] = (
            [orjson.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []
        )
        self._tokens: dict[str, datetime] = {}
        self._free_calls: list[datetime] = []
        self._size = MOST
        self._empty = 0

    def __len__(self) -> int:
        return len(self._entries)

    def play(self, *, size: int, empty: int) -> None:
        """Pages have at most `size` entries; `empty` of them come first."""
        self._size, self._empty = size, empty

    def add(self, entry: Entry) -> None:
        """Something happened."""
        with self._file.open("ab") as file:
            file.write(orjson.dumps(entry) + b"\n")
        self._entries.append(entry)

    def lend_token(self) -> str:
        """A token for a callback."""
        token = f"ENC{secrets.token_urlsafe(32)}"
        self._tokens[token] = self._clock()
        return token

    def check(self, token: str) -> None:
        """Raise WeComRefuses unless the call bears a young token, or comes seldom."""
        if not token:
            self._count()
        elif token not in self._tokens or self._clock() - self._tokens[token] >= TOKEN_LIFE:
            raise WeComRefuses(95007)

    def page(self, cursor: str, limit: int) -> tuple[Sequence[Entry], str, bool]:
        """What is behind the cursor, the cursor behind that, and whether there is more. Raises WeComRefuses."""
        place, serial = self._read(cursor) if cursor else (self._oldest(), 0)
        if self._empty:
            self._empty -= 1
            return [], self._write(place, serial + 1), True
        behind = min(place + min(limit, self._size), len(self))
        return self._entries[place:behind], self._write(behind, serial), behind < len(self)

    def _oldest(self) -> int:
        since = (self._clock() - HISTORY).timestamp()
        return next((place for place, entry in enumerate(self._entries) if entry["send_time"] >= since), len(self))

    def _write(self, place: int, serial: int) -> str:
        return f"{self._name}{place:08x}{serial:04x}"

    def _read(self, cursor: str) -> tuple[int, int]:
        """Nobody but WeCom makes cursors: they fit one account, and lie within its stream."""
        place, serial = cursor[len(self._name) : -4], cursor[-4:]
        try:
            read = int(place, 16), int(serial, 16)
        except ValueError:
            raise WeComRefuses(40058, "cursor") from None
        if self._write(*read) != cursor or not 0 <= read[0] <= len(self):
            raise WeComRefuses(40058, "cursor")
        return read

    def _count(self) -> None:
        now = self._clock()
        self._free_calls = [at for at in self._free_calls if now - at < timedelta(minutes=1)]
        if len(self._free_calls) >= CALLS_WITHOUT_TOKEN:
            raise WeComRefuses(45009)
        self._free_calls.append(now)


class Streams:
    """Those of all accounts."""

    def __init__(self, folder: Path, accounts: Sequence[AccountConfig], clock: Clock) -> None:
        self._streams = {account.id: _open(folder, account, clock) for account in accounts}

    def of(self, account: AccountConfig) -> Stream:
        """The stream of one account."""
        return self._streams[account.id]


def _open(folder: Path, account: AccountConfig, clock: Clock) -> Stream:
    name = sha256(account.settings["open_kfid"].encode()).hexdigest()[:8]
    return Stream(folder / f"wecom-{account.id}.jsonl", name, clock)
