"""Twilio's Programmable Messaging, as the lab plays it."""

from lab.twilio.callbacks import TwilioCallbacks
from lab.twilio.interface import Twilio
from lab.twilio.phone import TwilioPhone
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The service and its customers' phones."""
    callbacks = TwilioCallbacks(world)
    return Playing(
        phone=TwilioPhone(world, callbacks),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=Twilio(world, callbacks).routes(),
    )
