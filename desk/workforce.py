"""Everything about who works when."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from conversations.clock import Clock
from desk.attendance import Attendance
from desk.checklist import Checklist
from desk.recalls import Recalls
from desk.roster import Roster
from storage.database import Database


@dataclass(frozen=True)
class Workforce:
    """The shifts, what became of them, what comes before one, and who comes back from a break."""

    roster: Roster
    attendance: Attendance
    checklist: Checklist
    recalls: Recalls


def workforce(database: Database, clock: Clock, zone: ZoneInfo) -> Workforce:
    """All of it; days and hours of shifts are those of `zone`."""
    return Workforce(
        roster=Roster(database, clock, zone),
        attendance=Attendance(database, clock),
        checklist=Checklist(database, clock),
        recalls=Recalls(database, clock),
    )
