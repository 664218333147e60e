"""What a channel is given, for tests: a session with little patience, and stores in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256

import aiohttp

from channels.contract import Surroundings, Token
from conversations.ids import AccountId

NOW = datetime(2026, 11, 21, tzinfo=UTC)

SHORT_PATIENCE = aiohttp.ClientTimeout(total=2, connect=1, sock_connect=1, sock_read=0.3)


class MemoryTokens:
    """Tokens of one process; two channels that are given the same one stand for two processes."""

    def __init__(self) -> None:
        self.tokens: dict[tuple[AccountId, str], Token] = {}

    async def load(self, account: AccountId, name: str) -> Token | None:
        """The token stored last."""
        return self.tokens.get((account, name))

    async def save(self, account: AccountId, name: str, token: Token) -> None:
        """Keep a token."""
        self.tokens[account, name] = token


class MemoryFiles:
    """Files by their digest."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def keep(self, content: bytes) -> str:
        """Store a file; its digest."""
        digest = sha256(content).hexdigest()
        self._files[digest] = content
        return digest

    async def load(self, digest: str) -> bytes:
        """The bytes with this digest."""
        try:
            return self._files[digest]
        except KeyError:
            raise FileNotFoundError(digest) from None


@asynccontextmanager
async def open_surroundings() -> AsyncIterator[Surroundings]:
    """Surroundings whose clock stands still at `NOW`."""
    async with aiohttp.ClientSession(timeout=SHORT_PATIENCE) as http:
        yield Surroundings(http, MemoryTokens(), MemoryFiles(), lambda: NOW)
