"""What screens are sent about colleagues and what they asked for, as JSON."""

from collections.abc import Mapping

from conversations.blocks import Block
from conversations.help import Hand
from conversations.ids import UserId
from conversations.people import User
from desk.presence import Hours
from gateway.api.codec import Json


def person_view(user: User) -> Json:
    """A colleague, or oneself."""
    return {
        "id": user.id,
        "name": user.name,
        "login": user.login,
        "role": user.role,
        "state": user.state,
        "state_since": user.state_since,
        "state_reason": user.state_reason,
        "state_until": user.state_until,
        "language": user.language,
        "time_zone": user.time_zone,
        "capacity": user.capacity,
    }


def hand_view(hand: Hand, known: Mapping[UserId, User]) -> Json:
    """A raised hand, with the names of whose it is and of who comes."""
    return {
        "id": hand.id,
        "from": known[hand.user_id].name,
        "word": hand.word,
        "conversation_id": hand.conversation_id,
        "raised_at": hand.raised_at,
        "helper": known[hand.taken_by].name if hand.taken_by else None,
    }


def hours_view(hours: Hours) -> Json:
    """A day of a person: each span, and how many seconds each state and reason came to."""
    return {
        "id": hours.user.id,
        "name": hours.user.name,
        "spans": [
            {"state": each.state, "reason": each.reason, "since": each.since, "until": each.until}
            for each in hours.spans
        ],
        "totals": [
            {"state": state, "reason": reason, "seconds": lasted.total_seconds()}
            for (state, reason), lasted in hours.totals.items()
        ],
    }


def block_view(block: Block, names: Mapping[str, str]) -> Json:
    """A block that is asked for or in force, with the names of who asked and who decided."""
    return {
        **vars(block),
        "asked_by_name": names.get(block.asked_by),
        "decided_by_name": names.get(block.decided_by or ""),
    }
