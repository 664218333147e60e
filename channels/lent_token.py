"""A token that a provider lends for a while: shared by all processes, and replaced once when it is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from channels.contract import Surroundings, Token
from channels.http import Answer
from conversations.errors import ProviderUnavailable
from conversations.ids import AccountId

_NAME = "access_token"
_EARLY = timedelta(minutes=5)
"""A token this close to its end is replaced, so that none ends on its way."""

Borrow = Callable[[str], Awaitable[Token]]
"""Asks the provider for a token. It is given the one that was refused, or nothing."""

Attempt = Callable[[str], Awaitable[Answer]]
"""One request with a token."""


class LentToken:
    """Borrows one at a time in this process, and none when another process was faster."""

    def __init__(self, account: AccountId, around: Surroundings, borrow: Borrow) -> None:
        self._account = account
        self._around = around
        self._borrow = borrow
        self._lock = asyncio.Lock()

    async def spend(self, attempt: Attempt, is_refused: Callable[[Answer], bool]) -> Answer:
        """Make a request with a token that should be good, and exactly once more if the provider refuses it.

        Raises `ProviderUnavailable` when it refuses the next one too.
        """
        token = await self._load() or await self._replace("")
        answer = await attempt(token)
        if not is_refused(answer):
            return answer
        answer = await attempt(await self._replace(token))
        if is_refused(answer):
            raise ProviderUnavailable("The provider refuses the access token that it has just given out")
        return answer

    async def _replace(self, refused: str) -> str:
        async with self._lock:
            known = await self._load()
            if known not in ("", refused):
                return known
            token = await self._borrow(refused)
            await self._around.tokens.save(self._account, _NAME, token)
            return token.value

    async def _load(self) -> str:
        token = await self._around.tokens.load(self._account, _NAME)
        if token is None or token.expires_at - self._around.clock() <= _EARLY:
            return ""
        return token.value
