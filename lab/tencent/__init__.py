"""Tencent Cloud's short message service, as the lab plays it."""

from lab.sms import SmsPhone, Templates
from lab.tencent.callbacks import TencentCallbacks
from lab.tencent.interface import Tencent
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The service and its customers' phones."""
    callbacks, templates = TencentCallbacks(world), Templates()
    return Playing(
        phone=SmsPhone(world, callbacks.deliver),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=Tencent(world, callbacks.reports, templates).routes(),
        commands={"approve_template": templates.command()},
    )
