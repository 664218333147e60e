"""Aliyun's short message service, as the lab plays it."""

from lab.aliyun.interface import Aliyun
from lab.aliyun.reports import AliyunReports, SmsPhone
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The service and its customers' phones."""
    return Playing(
        phone=SmsPhone(world),
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=Aliyun(world, AliyunReports(world)).routes(),
    )
