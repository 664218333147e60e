"""The list of rules as supervisors edit it: looked at, tried, saved as a whole."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from conversations.clock import Clock
from conversations.people import User
from desk.errors import Refused
from routing.rulebook.facts import facts_of
from routing.rulebook.problems import Problem
from routing.rulebook.rules import read_rules
from routing.rulebook.trial import Trial
from routing.rulebook.vocabulary import known_things
from storage import accounts, conversations, rules
from storage.database import Database
from storage.rules import RuleBook

TRIED = 1_000
"""Conversations a list is tried against: the latest."""

SLICE = 100
"""Conversations looked at between two breaths for everything else."""


Hearing = Callable[[int, int], Awaitable[None]]


async def nobody(tried: int, of: int) -> None:
    """For those who wait for the result."""


class RulesWrong(Exception):
    """The list cannot be used; `problems` are all there are."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in the rules")
        self.problems = problems


class Rules:
    """What supervisors do with the rules. A given `RuleBook` carries the number of the version it began with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def problems(self, book: RuleBook) -> list[Problem]:
        """Everything that is wrong with a list."""
        return read_rules(book, await self._database.read(known_things))[1]

    async def save(self, user: User, book: RuleBook, reason: str) -> RuleBook:
        """Put a list into force. Raises `RulesWrong`, and `RulesChanged` when somebody else was faster."""
        if not reason.strip():
            raise Refused("Say why the rules are changed. Others will read it.")
        if problems := await self.problems(book):
            raise RulesWrong(problems)
        signed = replace(book, saved_at=self._clock(), author=user.id, reason=reason.strip())
        return await self._database.write(rules.save, signed)

    async def try_out(self, book: RuleBook, hear: Hearing = nobody) -> Trial:
        """What a list would have done with the latest conversations, beside the list in force.

        `hear` is told how many of how many were tried, again and again.
        """
        known = await self._database.read(known_things)
        in_force = await self._database.read(rules.current)
        trial = Trial(read_rules(in_force, known)[0], read_rules(book, known)[0])
        kinds = await self._database.read(accounts.kinds)
        latest = await self._database.read(conversations.latest, TRIED)
        for start in range(0, len(latest), SLICE):
            facts = await self._database.read(facts_of, latest[start : start + SLICE], kinds)
            await asyncio.to_thread(trial.add, facts)
            await hear(trial.tried, len(latest))
        return trial
