"""How much an account may write to a follower: five messages in 48 hours after theirs, three in a minute after a tap,
after following and after scanning a code.

https://developers.weixin.qq.com/doc/service/en/guide/product/kf/intro.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from conversations.clock import Clock
from lab.books import Books, Entry, Heard, Said
from lab.wechat.refusals import WeChatRefuses


class Opener(StrEnum):
    """What opens a window; each has a quota of its own."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


A_TAP = (3, timedelta(minutes=1))
GRANTS: Mapping[Opener, tuple[int, timedelta]] = {
    Opener.MESSAGE: (5, timedelta(hours=48)),
    Opener.MENU: A_TAP,
    Opener.FOLLOW: A_TAP,
    Opener.SCAN: A_TAP,
}

# A tap on a menu *message* counts as a tap on a menu, not as a message. What is not here opens nothing.
OPENS: Mapping[str, Opener] = {
    "text": Opener.MESSAGE,
    "image": Opener.MESSAGE,
    "voice": Opener.MESSAGE,
    "video": Opener.MESSAGE,
    "location": Opener.MESSAGE,
    "choice": Opener.MENU,
    "click": Opener.MENU,
    "scancode_push": Opener.MENU,
    "scancode_waitmsg": Opener.MENU,
    "subscribe": Opener.FOLLOW,
    "scan": Opener.SCAN,
}

FREE = frozenset(("template", "notice"))
"""What costs no quota and needs no window."""

TALKING = timedelta(seconds=30)
"""How long after a message typing may be shown."""


@dataclass(frozen=True)
class Quota:
    """What is left of one window."""

    left: int
    until: datetime


Follower = tuple[str, str]


class Windows:
    """The windows of all followers, folded from the books."""

    def __init__(self, accounts: frozenset[str], books: Books, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._quotas: dict[Follower, dict[Opener, Quota]] = {}
        self._left: set[Follower] = set()
        self._written: dict[Follower, datetime] = {}
        for entry in books:
            self._note(0, entry)
        books.follow(self._note)

    def follows(self, account: str, customer: str) -> bool:
        """Whether the customer follows the account; everybody does until they leave."""
        return (account, customer) not in self._left

    def check(self, account: str, customer: str) -> None:
        """Raise WeChatRefuses if the account may not write to this follower now."""
        quotas = self._quotas.get((account, customer), {})
        still = [quota for quota in quotas.values() if quota.until > self._clock()]
        if not still:
            raise WeChatRefuses(45015)
        if not any(quota.left for quota in still):
            raise WeChatRefuses(45047)

    def check_talking(self, account: str, customer: str) -> None:
        """Raise WeChatRefuses unless the follower wrote just now."""
        at = self._written.get((account, customer))
        if at is None or self._clock() - at > TALKING:
            raise WeChatRefuses(45080)

    def _note(self, _number: int, entry: Entry) -> None:
        if not isinstance(entry, Said | Heard) or entry.account not in self._accounts:
            return
        if isinstance(entry, Said):
            self._open(entry)
        elif not entry.passive and entry.kind not in FREE:
            self._spend((entry.account, entry.customer), entry.at)

    def _open(self, said: Said) -> None:
        follower = (said.account, said.customer)
        if said.kind == "unsubscribe":
            self._left.add(follower)
            self._quotas.pop(follower, None)
            return
        self._left.discard(follower)
        opener = OPENS.get(said.kind)
        if opener is None:
            return
        if opener is Opener.MESSAGE:
            self._written[follower] = said.at
        count, lifetime = GRANTS[opener]
        self._quotas.setdefault(follower, {})[opener] = Quota(count, said.at + lifetime)

    def _spend(self, follower: Follower, at: datetime) -> None:
        """Take one from the window that closes first."""
        quotas = self._quotas[follower]
        usable = {opener: quota for opener, quota in quotas.items() if quota.left and quota.until > at}
        opener = min(usable, key=lambda each: usable[each].until)
        quotas[opener] = replace(quotas[opener], left=quotas[opener].left - 1)
