"""A gateway of China Mobile (ISMG), as the lab plays it: CMPP 2.0 and 3.0."""

from lab.cmpp.gateway import Gateway
from lab.cmpp.phone import CmppPhone
from lab.cmpp.switchboard import Switchboard
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The gateway and its customers' phones."""
    switchboard = Switchboard(world)
    gateway = Gateway(world, switchboard)
    return Playing(
        phone=CmppPhone(world, switchboard),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        server=lambda: switchboard.open(world.config.cmpp_port, gateway.submit),
        commands=switchboard.commands(),
    )
