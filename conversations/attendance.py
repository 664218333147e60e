"""Who was there when they were to be: what follows from shifts and from the account of time, and from nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conversations.breaks import PERSONAL
from conversations.ids import LostTimeId, UserId
from conversations.intervals import Interval, common, joined, length, without
from conversations.people import AgentState
from conversations.shifts import RosterRules, Shift
from conversations.states import Span


class FlagKind(StrEnum):
    """What was not as it should be at the beginning or the end of a shift."""

    ABSENT = "absent"
    LATE = "late"
    JUST_IN_TIME = "just in time"
    LEFT_EARLY = "left early"
    LEFT_AT_ONCE = "left at once"


@dataclass(frozen=True)
class Flag:
    """It was so by this much: after the time to be there, or before the time to go."""

    kind: FlagKind
    by: timedelta


@dataclass(frozen=True, kw_only=True)
class LostTime:
    """Time in which somebody could not work through no fault of their own (问题时长). It counts once it is approved."""

    id: LostTimeId
    user_id: UserId
    since: datetime
    until: datetime
    reason: str
    entered_by: UserId
    decided_by: UserId | None = None
    approved: bool = False


@dataclass(frozen=True)
class Presence:
    """What became of one shift. `planned` is the time to be worked so far, `worked` what was worked of it."""

    shift: Shift
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    flags: tuple[Flag, ...]
    planned: timedelta
    worked: timedelta


@dataclass(frozen=True)
class Record:
    """What several shifts of a person come to."""

    shifts: Sequence[Presence]

    @property
    def adherence(self) -> float | None:
        """What part of the planned time was worked (登陆吻合度), from 0 to 1; None while nothing was planned."""
        planned = sum((each.planned for each in self.shifts), timedelta())
        worked = sum((each.worked for each in self.shifts), timedelta())
        return worked / planned if planned else None

    @property
    def attendance(self) -> float | None:
        """To what part of the shifts the person came at all (出勤率); those that were wholly lost are left out."""
        counted = [each for each in self.shifts if each.planned]
        came = sum(each.signed_in_at is not None for each in counted)
        return came / len(counted) if counted else None


def record(
    shifts: Iterable[Shift], spans: Sequence[Span], lost: Iterable[LostTime], rules: RosterRules, now: datetime
) -> Record:
    """What became of one person's shifts that have begun by now."""
    excused = [(each.since, each.until) for each in lost if each.approved]
    begun = [each for each in shifts if each.since < now]
    return Record([_presence(each, spans, excused, rules, now) for each in begun])


def _presence(
    shift: Shift, spans: Sequence[Span], excused: Sequence[Interval], rules: RosterRules, now: datetime
) -> Presence:
    signed_in = [run for run in _runs(spans, now) if run[0] < shift.until and run[1] > shift.since]
    begin = signed_in[0][0] if signed_in else None
    end = signed_in[-1][1] if signed_in and signed_in[-1][1] < now else None
    breaks = [(each.since, each.until) for each in shift.breaks]
    planned = without([(shift.since, min(shift.until, now))], (*breaks, *excused))
    worked = common(joined(_at_work(shift, spans, now)), planned)
    flags = () if not planned else (*_at_begin(shift, begin, rules, now), *_at_end(shift, end, rules))
    return Presence(shift, begin, end, flags, length(planned), length(worked))


def _runs(spans: Sequence[Span], now: datetime) -> list[Interval]:
    """From each signing in to the signing out; a lost connection is neither."""
    return joined((each.since, each.until or now) for each in spans if each.state is not AgentState.OFFLINE)


def _at_work(shift: Shift, spans: Sequence[Span], now: datetime) -> list[Interval]:
    return [(each.since, each.until or now) for each in spans if _is_work(each, shift)]


def _is_work(span: Span, shift: Shift) -> bool:
    """Where a shift foresees breaks, those at other times are no work; where it foresees none, they belong to it."""
    if span.state is AgentState.BREAK and span.reason in PERSONAL:
        return not shift.breaks
    return span.state not in (AgentState.OFFLINE, AgentState.CONNECTION_LOST)


def _at_begin(shift: Shift, begin: datetime | None, rules: RosterRules, now: datetime) -> list[Flag]:
    if begin is None and now >= shift.until:
        return [Flag(FlagKind.ABSENT, shift.until - shift.since)]
    late = (begin or now) - shift.since
    if late > timedelta():
        return [Flag(FlagKind.LATE, late)]
    missing = late + timedelta(minutes=rules.early_minutes)
    return [Flag(FlagKind.JUST_IN_TIME, missing)] if missing > timedelta() else []


def _at_end(shift: Shift, end: datetime | None, rules: RosterRules) -> list[Flag]:
    if end is None:
        return []
    early = shift.until - end
    if early > timedelta():
        return [Flag(FlagKind.LEFT_EARLY, early)]
    missing = early + timedelta(minutes=rules.late_minutes)
    return [Flag(FlagKind.LEFT_AT_ONCE, missing)] if missing > timedelta() else []
