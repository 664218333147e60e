"""A system of the operator's own, as the lab plays it: an app with customers in it."""

from lab.custom.app import App
from lab.custom.phones import AppPhone
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The system and its customers."""
    return Playing(
        phone=AppPhone(world),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=App(world).routes(),
    )
