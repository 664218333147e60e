"""The roster as people write it: rows of texts become shifts, all of them or none."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from io import StringIO

from conversations.ids import ShiftId, UserId, new_id
from conversations.shifts import LONGEST, PlannedBreak, RosterRules, Shift, clash, weeks_of
from conversations.states import BREAKS
from routing.clocks.hours import InvalidHours, Span, read_spans, write_spans
from routing.rulebook.problems import Problem, Wrong

COLUMNS = ("login", "date", "hours", "breaks")
"""The first line of a roster as CSV; of these `breaks` may be missing."""

_CHINESE = {
    "小休": "rest",
    "短暂休息": "rest",
    "用餐": "meal",
    "培训": "training",
    "会议": "meeting",
    "辅导": "coaching",
    "其他工作": "other-work",
}
_SEPARATORS = re.compile(r"[,，、;；\n]+")


@dataclass(frozen=True)
class Row:
    """A shift as it is written: `hours` like "22:00-06:00", `breaks` like "12:00-13:00 meal, 15:00-15:15 rest"."""

    login: str
    day: str
    hours: str
    breaks: str = ""


class RosterWrong(Exception):
    """Nothing was planned; each problem names its row, from 0 on."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


class OverLimits(Exception):
    """The roster would go over its limits, and nobody said why; `problems` say whose week it is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


def read_csv(content: bytes) -> list[Row]:
    """The rows of a file, as UTF-8 or as Chinese Excel writes it. Raises `RosterWrong`."""
    lines = csv.reader(StringIO(_decoded(content)))
    header = [each.strip().lower() for each in next(lines, [])]
    if missing := [each for each in COLUMNS[:-1] if each not in header]:
        sentence = "The first line names the columns: {columns}; missing: {missing}."
        raise RosterWrong([Problem(sentence, {"columns": ", ".join(COLUMNS), "missing": ", ".join(missing)})])
    return [_row(dict(zip(header, line, strict=False))) for line in lines if any(map(str.strip, line))]


def write_csv(shifts: Iterable[Shift], logins: Mapping[UserId, str], zone: tzinfo) -> str:
    """Shifts as a file that can be read again."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for shift in shifts:
        writer.writerow((logins[shift.user_id], shift.day(zone), hours_of(shift, zone), breaks_of(shift, zone)))
    return file.getvalue()


def repeated(logins: Iterable[str], first: date, last: date, weekdays: Collection[int], row: Row) -> list[Row]:
    """The same hours for each of these people on each of these weekdays (Monday is 0)."""
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return [
        replace(row, login=login, day=day.isoformat()) for login in logins for day in days if day.weekday() in weekdays
    ]


def read_rows(rows: Sequence[Row], people: Mapping[str, UserId], zone: tzinfo) -> list[Shift]:
    """The shifts that are meant, in this time zone. Raises `RosterWrong` with the problems of all rows."""
    shifts, problems = [], []
    for number, row in enumerate(rows):
        try:
            shifts.append(_shift(row, people, zone))
        except Wrong as wrong:
            problems.append(Problem(wrong.sentence, wrong.values, number))
    if problems:
        raise RosterWrong(problems)
    return shifts


def check(
    wanted: Sequence[Shift], others: Sequence[Shift], names: Mapping[UserId, str], rules: RosterRules, zone: tzinfo
) -> None:
    """Look at what is to be planned beside what is planned. Raises `RosterWrong`, or `OverLimits` when only a reason
    is missing."""
    if clashes := list(_clashes(wanted, others, zone)):
        raise RosterWrong(clashes)
    if excesses := list(_excesses(wanted, others, names, rules, zone)):
        raise OverLimits(excesses)


def hours_of(planned: Shift | PlannedBreak, zone: tzinfo) -> str:
    """From when until when, as people write it."""
    since, until = (each.astimezone(zone).time() for each in (planned.since, planned.until))
    return write_spans(((since, until),))


def breaks_of(shift: Shift, zone: tzinfo) -> str:
    """The planned breaks, as people write them."""
    return ", ".join(f"{hours_of(each, zone)} {each.reason}" for each in shift.breaks)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _row(fields: Mapping[str, str]) -> Row:
    return Row(*(fields.get(each, "").strip() for each in COLUMNS))


def _shift(row: Row, people: Mapping[str, UserId], zone: tzinfo) -> Shift:
    if row.login not in people:
        raise Wrong("Nobody has the login “{login}”.", login=row.login)
    since, until = _placed(_span(row.hours), _day(row.day), zone)
    if until - since > LONGEST:
        raise Wrong("“{hours}” is longer than 16 hours.", hours=row.hours)
    breaks = tuple(_break(text, since, zone) for text in map(str.strip, _SEPARATORS.split(row.breaks)) if text)
    if any(each.until > until for each in breaks):
        raise Wrong("The breaks “{breaks}” are not all within “{hours}”.", breaks=row.breaks, hours=row.hours)
    return Shift(id=ShiftId(new_id()), user_id=people[row.login], since=since, until=until, breaks=breaks)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise Wrong("“{day}” is no day; write it like 2026-01-31.", day=text) from None


def _span(text: str) -> Span:
    try:
        (span,) = read_spans(text)
    except (InvalidHours, ValueError):
        raise Wrong("“{hours}” are no hours; write them like 09:00-18:00, or 22:00-06:00.", hours=text) from None
    return span


def _break(text: str, shift_begins: datetime, zone: tzinfo) -> PlannedBreak:
    hours, _, word = text.partition(" ")
    reason = _CHINESE.get(word.strip(), word.strip() or "meal")
    if reason not in BREAKS:
        raise Wrong("“{word}” is no break; there are {breaks}.", word=word, breaks=", ".join(BREAKS))
    span = _span(hours)
    since, until = _placed(span, shift_begins.astimezone(zone).date(), zone)
    if since < shift_begins:
        # In a shift over midnight, an early hour is one of the next day.
        since, until = _placed(span, shift_begins.astimezone(zone).date() + timedelta(days=1), zone)
    return PlannedBreak(reason, since, until)


def _placed(span: Span, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    opens, closes = span
    last = day if closes > opens else day + timedelta(days=1)
    since, until = datetime.combine(day, opens, zone), datetime.combine(last, closes, zone)
    return since.astimezone(UTC), until.astimezone(UTC)


def _clashes(wanted: Sequence[Shift], others: Sequence[Shift], zone: tzinfo) -> Iterator[Problem]:
    for number, shift in enumerate(wanted):
        if other := clash(shift, (*others, *wanted[:number])):
            values = {"day": str(other.day(zone)), "hours": hours_of(other, zone)}
            yield Problem("Another shift is at this time: {day} {hours}.", values, number)


def _excesses(
    wanted: Sequence[Shift], others: Sequence[Shift], names: Mapping[UserId, str], rules: RosterRules, zone: tzinfo
) -> Iterator[Problem]:
    touched = {(each.user_id, each.monday) for each in weeks_of(wanted, zone)}
    for week in weeks_of((*wanted, *others), zone):
        if (week.user_id, week.monday) in touched and week.exceeds(rules):
            values = {
                "name": names[week.user_id],
                "monday": str(week.monday),
                "hours": f"{week.time / timedelta(hours=1):g}",
                "days": str(week.days),
            }
            yield Problem("{name} would work {hours} h on {days} days in the week from {monday} on.", values)
