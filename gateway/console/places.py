"""Where one can go in the console: the bar on top, and the page that lists everything that is set up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conversations.people import Role, User
from gateway.auth import has_role

HOME = "/setup"


@dataclass(frozen=True)
class Place:
    """A page with its name, what it is for, and who may go there."""

    address: str
    name: str
    about: str = ""
    role: Role = Role.AGENT

    def holds(self, path: str) -> bool:
        """Whether a page belongs here."""
        return path == self.address or (self.address != "/" and path.startswith(f"{self.address}/"))


BAR = (
    Place("/", "Inbox"),
    Place("/floor", "Floor", role=Role.SUPERVISOR),
    Place("/roster", "Roster"),
    Place("/hours", "Hours"),
    Place("/notices", "Notice board"),
    Place(HOME, "Set-up", role=Role.SUPERVISOR),
)

SET_UP: Mapping[str, tuple[Place, ...]] = {
    "Channels": (
        Place("/setup/accounts", "Accounts", "Where customers reach you.", Role.ADMIN),
        Place("/setup/quarantine", "Quarantine", "What came and could not be stored.", Role.ADMIN),
    ),
    "Routing": (
        Place("/setup/queues", "Queues", "Who works where, and how work is given out.", Role.ADMIN),
        Place("/setup/rules", "Rules", "Which queue a conversation comes into.", Role.SUPERVISOR),
        Place("/setup/abilities", "Skills and weights", "Who can take what, and how much.", Role.ADMIN),
        Place("/setup/overflow", "Overflow", "What is done when too many wait.", Role.SUPERVISOR),
        Place("/setup/announcements", "Announcements", "What customers hear in an emergency.", Role.SUPERVISOR),
    ),
    "Working time": (
        Place("/setup/deadlines", "Deadlines", "What is promised until when, and calendars.", Role.ADMIN),
        Place("/reports/first-replies", "First replies", "How many customers were answered in time."),
        Place("/faults", "Faults of machines", "When a machine must work again."),
        Place("/setup/machines", "Machines", "Who answers for which machine.", Role.ADMIN),
        Place("/roster/rules", "Rules of the roster", "Limits of a week, breaks, punctuality.", Role.SUPERVISOR),
    ),
    "People": (
        Place("/setup/people", "People", "Who signs in, and what they may do.", Role.ADMIN),
        Place("/deputies", "Deputies", "Who stands in for whom."),
        Place("/handovers", "Hand-overs", "What went from shift to shift."),
    ),
}


def open_to(user: User | None, places: Iterable[Place]) -> list[Place]:
    """Those of these places where somebody may go."""
    return [place for place in places if user is not None and has_role(user, place.role)]
