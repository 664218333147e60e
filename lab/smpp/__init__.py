"""A carrier's message centre that speaks SMPP 3.4, as the lab plays it."""

from lab.smpp.centre import Centre
from lab.smpp.phone import SmppPhone
from lab.smpp.switchboard import Switchboard
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The centre and its customers' phones."""
    switchboard = Switchboard(world)
    centre, phone = Centre(world, switchboard), SmppPhone(world, switchboard)
    return Playing(
        phone=phone,
        deliveries=len(world.config.timings.callback_pauses) + 1,
        server=lambda: switchboard.open(world.config.smpp_port, centre.submit),
        commands={**switchboard.commands(), "references": phone.command()},
    )
