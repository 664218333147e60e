"""Steps of overflow as a plan has them."""

from collections.abc import Iterator, Mapping
from typing import Any

from conversations.ids import QueueId, StepId
from conversations.overflow import Remedy, Step, Trigger
from routing.rush.pressure import is_sound, usual_release

LIMITS: Mapping[Trigger, frozenset[str]] = {
    Trigger.WAITED: frozenset(("limit",)),
    Trigger.WAITING: frozenset(("limit",)),
    Trigger.LEVEL: frozenset(("limit", "within")),
    Trigger.NOBODY: frozenset(),
}
"""What a step must say, by what it looks at."""


def step_of(queue: str, place: int, entry: Mapping[str, Any]) -> Step:
    """The step at a place (from 1) of a queue."""
    limit = entry.get("limit", 0)
    return Step(
        id=StepId(f"{queue} {place}"),
        queue_id=QueueId(queue),
        trigger=entry["trigger"],
        remedy=entry["remedy"],
        limit=limit,
        release=entry.get("release", usual_release(entry["trigger"], limit)),
        within=entry.get("within", 0),
        helpers=frozenset(QueueId(name) for name in entry.get("helpers", ())),
    )


def entry_of(step: Step, names: Mapping[QueueId, str]) -> dict[str, Any]:
    """The words of a step, whose helpers are called so."""
    said = {"limit": step.limit, "within": step.within}
    entry = {name: figure for name, figure in said.items() if name in LIMITS[step.trigger]}
    release = {"release": step.release} if "limit" in entry else {}
    helpers = {"helpers": sorted(names[each] for each in step.helpers & names.keys())} if step.helpers else {}
    return {"trigger": step.trigger, "remedy": step.remedy} | entry | release | helpers


def problems_of(entry: Mapping[str, Any]) -> Iterator[str]:
    """What a step lacks, or contradicts."""
    asked = LIMITS[entry["trigger"]] | ({"helpers"} if entry["remedy"] is Remedy.WIDEN else set())
    lacking = sorted(asked - entry.keys())
    yield from (f"{name} is missing, which {entry['trigger']} and {entry['remedy']} ask for" for name in lacking)
    step = step_of("", 1, entry)
    if not lacking and not is_sound(step):
        yield (
            f"release: {step.release} does not go with the limit {step.limit}: a step ends where the pressure has"
            " fallen below its limit; percent go up to 100"
        )
