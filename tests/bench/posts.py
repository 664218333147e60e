"""What followers of WeChat accounts write, signed as WeChat signs it, as bytes that are ready to be sent."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, cycle

from channels.sealed import signature
from conversations.ids import AccountId
from tests.bench.stage import CUSTOMERS, TOKEN

_BODY = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oBench%022d]]></FromUserName>"
    "<CreateTime>%d</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[您好，我的订单到哪里了？]]></Content><MsgId>%020d</MsgId></xml>"
).encode()


@dataclass(frozen=True, slots=True)
class Post:
    """One message. `key` is its id at WeChat."""

    key: str
    account: AccountId
    request: bytes


def posts(first: int) -> Iterator[Post]:
    """Messages of all followers in turn, without end; their ids count from `first`."""
    now = int(time.time())
    heads = {account: _head(account, now) for account in CUSTOMERS}
    for (account, number), key in zip(cycle(_followers()), count(first), strict=False):
        yield Post(f"{key:020d}", account, heads[account] + _BODY % (number, now, key))


def _followers() -> list[tuple[AccountId, int]]:
    """Each follower once; those of a small account are spread evenly among the others."""
    placed = [
        ((number + 0.5) / followers, account, number)
        for account, followers in CUSTOMERS.items()
        for number in range(followers)
    ]
    return [(account, number) for _, account, number in sorted(placed)]


def _head(account: str, now: int) -> bytes:
    signed = signature(TOKEN, str(now), "nonce")
    return (
        f"POST /webhooks/{account}?signature={signed}&timestamp={now}&nonce=nonce HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(_BODY % (0, now, 0))}\r\n\r\n"
    ).encode()
