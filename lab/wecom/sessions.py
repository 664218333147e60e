"""Who may be written to: five messages in 48 hours after the customer's, while no agent in WeCom serves them.

https://developer.work.weixin.qq.com/document/path/94677 and …/94669
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from conversations.clock import Clock
from lab.books import Books, Entry, Heard, Said
from lab.wecom.refusals import WeComRefuses

MESSAGES = 5
LASTS = timedelta(hours=48)
GREETABLE = timedelta(seconds=20)
WORDLESS = frozenset(("enter_session", "recall"))
"""What a customer does without writing."""


class State(IntEnum):
    """Who serves a session."""

    NEW = 0
    ROBOT = 1
    QUEUED = 2
    AGENT = 3
    ENDED = 4


@dataclass(frozen=True)
class Session:
    """One customer's, from their first message until it ends or 48 hours have passed."""

    wrote_at: datetime
    left: int = MESSAGES
    state: State = State.NEW


Who = tuple[str, str]
"""Account and customer."""


class Sessions:
    """Folded from the books; what agents do in WeCom is forgotten when the lab starts anew."""

    def __init__(self, accounts: frozenset[str], books: Books, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._sessions: dict[Who, Session] = {}
        self._greeted: dict[Who, datetime] = {}
        self._codes: dict[str, tuple[Who, datetime]] = {}
        self._used: set[tuple[str, str]] = set()
        for entry in books:
            self._note(0, entry)
        books.follow(self._note)

    def check(self, account: str, customer: str, msgid: str) -> None:
        """Raise WeComRefuses unless the account may send this customer a message with this id."""
        if (account, msgid) in self._used:
            # WeCom says that this is an error, but not which; code and words are the lab's.
            raise WeComRefuses(40058, "msgid repeated")
        session = self._sessions.get((account, customer))
        if session is None or self._clock() - session.wrote_at >= LASTS:
            raise WeComRefuses(95002)
        if session.state is State.ENDED:
            raise WeComRefuses(95013)
        if session.state not in (State.NEW, State.ROBOT):
            raise WeComRefuses(95018)
        if not session.left:
            raise WeComRefuses(95001)

    def turn(self, account: str, customer: str, state: State) -> None:
        """An agent takes a session over, or ends it; raises KeyError if there is none."""
        who = (account, customer)
        self._sessions[who] = replace(self._sessions[who], state=state)

    def welcome_code(self, account: str, customer: str) -> str:
        """For whoever enters and neither wrote nor was greeted for 48 hours; empty for others."""
        who, since = (account, customer), self._clock() - LASTS
        session, greeted = self._sessions.get(who), self._greeted.get(who)
        if (session and session.wrote_at > since) or (greeted and greeted > since):
            return ""
        code = secrets.token_urlsafe(24)
        self._codes[code] = (who, self._clock())
        return code

    def use_code(self, code: str) -> Who:
        """Whose code this is; it is good once, for 20 seconds. WeCom names no errcode; this one is the lab's."""
        who, given_at = self._codes.pop(code, (("", ""), datetime.min.replace(tzinfo=self._clock().tzinfo)))
        if self._clock() - given_at > GREETABLE:
            raise WeComRefuses(40058, "code")
        return who

    def _note(self, _number: int, entry: Entry) -> None:
        if not isinstance(entry, Said | Heard) or entry.account not in self._accounts:
            return
        who = (entry.account, entry.customer)
        if isinstance(entry, Said):
            if entry.kind not in WORDLESS:
                self._wrote(who, entry.at)
        elif entry.kind == "welcome":
            self._greeted[who] = entry.at
        elif not entry.passive:
            self._used.add((entry.account, entry.key))
            self._sessions[who] = replace(self._sessions[who], left=self._sessions[who].left - 1)

    def _wrote(self, who: Who, at: datetime) -> None:
        """A new message opens the window anew; only after the end does a new session begin."""
        known = self._sessions.get(who)
        served = known is not None and known.state is not State.ENDED and at - known.wrote_at < LASTS
        self._sessions[who] = Session(at, state=known.state if known and served else State.NEW)
