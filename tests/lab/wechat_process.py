"""A process of the product that only calls WeChat: several of these share the account's token.

    python -m tests.lab.wechat_process SETTINGS FOLDER

For each line it is given it calls four times at once, and says what became of the calls.
"""

import asyncio
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import aiohttp

from channels.contract import Surroundings, Token
from channels.http import PATIENCE
from channels.wechat.channel import WeChatChannel
from conversations.clock import utc_now
from conversations.errors import SendError
from conversations.ids import AccountId, new_id
from tests.support.surroundings import MemoryFiles

ABREAST = 4


class FolderTokens:
    """Tokens in files, each written aside and put in place at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def load(self, account: AccountId, name: str) -> Token | None:
        """The token stored last."""
        file = self._folder / f"{account}.{name}"
        if not file.exists():
            return None
        value, until = json.loads(file.read_text())
        return Token(value, datetime.fromisoformat(until))

    async def save(self, account: AccountId, name: str, token: Token) -> None:
        """Share a token."""
        aside = self._folder / new_id()
        aside.write_text(json.dumps([token.value, token.expires_at.isoformat()]))
        aside.rename(self._folder / f"{account}.{name}")


async def call(channel: WeChatChannel) -> str:
    """One call that needs a token and nothing else: "done", or the kind of error."""
    try:
        await channel.api.make_scene_code("door")
    except SendError as error:
        return error.kind
    return "done"


async def main(settings: dict[str, str], folder: Path) -> None:
    """Call as often as we are told to."""
    async with aiohttp.ClientSession(timeout=PATIENCE) as http:
        around = Surroundings(http, FolderTokens(folder), MemoryFiles(), utc_now)
        channel = WeChatChannel.create(AccountId("safe"), settings, around)
        while await asyncio.to_thread(sys.stdin.readline):
            results = await asyncio.gather(*(call(channel) for _ in range(ABREAST)))
            sys.stdout.write(json.dumps(Counter(results)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), Path(sys.argv[2])))
