"""WeChat and its customers' phones, as the lab plays them."""

from lab.wechat.interface import WeChat
from lab.wechat.push import DELIVERIES, WeChatPhone
from lab.wechat.windows import Windows
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The provider's servers and its customers' phones."""
    windows = Windows(frozenset(each.id for each in world.config.of_kind("wechat")), world.books, world.clock)
    servers = WeChat(world, windows)
    return Playing(
        phone=WeChatPhone(world, windows),
        deliveries=DELIVERIES,
        routes=servers.routes(),
        commands={
            "kill_token": lambda account, _: servers.tokens.kill(account.settings["app_id"]),
            "expire_token": lambda account, _: servers.tokens.expire(account.settings["app_id"]),
        },
    )
