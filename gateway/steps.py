"""Steps of overflow in the words of a person's language."""

from collections.abc import Mapping

from conversations.ids import QueueId
from conversations.overflow import Remedy, Step, Trigger
from gateway.words import translate

WHEN: Mapping[Trigger, str] = {
    Trigger.WAITED: "Somebody waits longer than {limit} s",
    Trigger.WAITING: "More than {limit} wait",
    Trigger.LEVEL: "Less than {limit} % were served within {within} s",
    Trigger.NOBODY: "Somebody waits and nobody is ready",
}

UNTIL: Mapping[Trigger, str] = {
    Trigger.WAITED: "until nobody waits longer than {release} s",
    Trigger.WAITING: "until {release} wait",
    Trigger.LEVEL: "until {release} % were",
    Trigger.NOBODY: "until somebody is ready",
}

THEN: Mapping[Remedy, str] = {
    Remedy.WIDEN: "others help: {helpers}",
    Remedy.ALERT: "supervisors are alerted",
    Remedy.TELL: "those who wait are told something",
    Remedy.ANYBODY: "they get whoever is there, whatever skill they ask for",
}


TRIGGERS: Mapping[Trigger, str] = {
    Trigger.WAITED: "somebody waits longer than so many seconds",
    Trigger.WAITING: "more than so many wait",
    Trigger.LEVEL: "less than so many percent were served in time",
    Trigger.NOBODY: "somebody waits and nobody is ready",
}
"""To choose from."""

REMEDIES: Mapping[Remedy, str] = {
    Remedy.WIDEN: "members of other queues help",
    Remedy.ALERT: "supervisors are alerted",
    Remedy.TELL: "those who wait are told something",
    Remedy.ANYBODY: "they get whoever is there, whatever skill they ask for",
}
"""To choose from."""


def when(step: Step, language: str) -> str:
    """Beyond which pressure a step begins."""
    return translate(language, WHEN[step.trigger], limit=step.limit, within=step.within)


def until(step: Step, language: str) -> str:
    """When it ends again."""
    return translate(language, UNTIL[step.trigger], release=step.release)


def then(step: Step, names: Mapping[QueueId, str], language: str) -> str:
    """What is done meanwhile."""
    helpers = ", ".join(names[each] for each in sorted(step.helpers) if each in names)
    return translate(language, THEN[step.remedy], helpers=helpers)
