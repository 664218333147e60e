"""WeCom's customer service and its customers' phones, as the lab plays them."""

from lab.wecom.agents import Agents
from lab.wecom.interface import WeCom
from lab.wecom.phone import DELIVERIES, WeComPhone
from lab.wecom.sessions import Sessions
from lab.wecom.stream import Streams
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The provider's servers, its customers' phones, and agents who use WeCom's own app."""
    accounts = world.config.of_kind("wecom")
    streams = Streams(world.config.data_folder, accounts, world.clock)
    sessions = Sessions(frozenset(account.id for account in accounts), world.books, world.clock)
    phone = WeComPhone(world, streams, sessions)
    servers = WeCom(world, streams, sessions, phone)
    return Playing(
        phone=phone,
        deliveries=DELIVERIES,
        routes=servers.routes(),
        commands={
            **Agents(world, sessions, phone).commands(),
            "kill_token": lambda account, _: servers.tokens.kill(account),
            "expire_token": lambda account, _: servers.tokens.expire(account),
            "pages": lambda account, asked: streams.of(account).play(
                size=int(asked.get("size", 1000)), empty=int(asked.get("empty", 0))
            ),
        },
    )
