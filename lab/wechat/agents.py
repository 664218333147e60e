"""WeChat's own agents (多客服): a follower who was passed on waits for one; whoever is being served is theirs alone.

https://developers.weixin.qq.com/doc/service/guide/product/kf/forwarding.html
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from conversations.clock import Clock
from lab.wechat.windows import Follower

SESSION = timedelta(minutes=30)
"""After this WeChat gives the follower back to the account, even if the agent has not ended it."""


class Agents:
    """Who waits, and who is being served. All of it lives in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[Follower] = set()
        self._until: dict[Follower, datetime] = {}

    def queue(self, follower: Follower) -> None:
        """The account passed a follower on."""
        self._waiting.add(follower)

    def serves(self, follower: Follower) -> bool:
        """Whether an agent has the follower, whose messages the account then does not get."""
        until = self._until.get(follower)
        return until is not None and until > self._clock()

    def accept(self, follower: Follower) -> Mapping[str, Any]:
        """An agent takes a follower who waits; what the account is told. Raises ValueError."""
        if follower not in self._waiting:
            raise ValueError("nobody passed this follower on")
        self._waiting.remove(follower)
        self._until[follower] = self._clock() + SESSION
        return {"MsgType": "event", "Event": "kf_create_session", "KfAccount": "agent1@lab"}

    def close(self, follower: Follower) -> Mapping[str, Any]:
        """The agent is done; what the account is told. Raises ValueError."""
        if not self.serves(follower):
            raise ValueError("no agent serves this follower")
        self._until.pop(follower)
        return {"MsgType": "event", "Event": "kf_close_session", "KfAccount": "agent1@lab"}
