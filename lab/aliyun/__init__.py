"""Aliyun's short message service, as the lab plays it."""

from lab.aliyun.interface import Aliyun
from lab.aliyun.reports import AliyunCallbacks
from lab.sms import SmsPhone, Templates
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The service and its customers' phones."""
    callbacks, templates = AliyunCallbacks(world), Templates()
    return Playing(
        phone=SmsPhone(world, callbacks.deliver),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=Aliyun(world, callbacks.reports, templates).routes(),
        commands={"approve_template": templates.command()},
    )
