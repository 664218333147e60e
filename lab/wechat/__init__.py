"""WeChat and its customers' phones, as the lab plays them."""

from collections.abc import Mapping

from lab.config import AccountConfig
from lab.wechat.agents import Agents
from lab.wechat.interface import WeChat
from lab.wechat.phone import WeChatPhone
from lab.wechat.push import DELIVERIES
from lab.wechat.setup import Codes, MenuBar
from lab.wechat.templates import Templates
from lab.wechat.tokens import StableTokens
from lab.wechat.windows import Follower, Windows
from lab.world import Command, Playing, World


def play(world: World) -> Playing:
    """The provider's servers and its customers' phones."""
    windows = Windows(frozenset(each.id for each in world.config.of_kind("wechat")), world.books, world.clock)
    menu, codes, templates = MenuBar(), Codes(world.clock), Templates(world, windows)
    agents = Agents(world.clock)
    servers = WeChat(world, windows, menu, codes, templates)
    phone = WeChatPhone(world, windows, menu, codes, templates, agents)
    return Playing(
        phone=phone,
        deliveries=DELIVERIES,
        routes=servers.routes(),
        commands={
            **_token_commands(servers.tokens),
            "approve_template": lambda account, asked: templates.register(account.id, asked),
            "typing": lambda account, asked: servers.shows_typing(account.id, asked["customer"]),
            "agent_accepts": lambda account, asked: phone.agent_acts(
                account, asked["customer"], agents.accept(_follower(account, asked))
            ),
            "agent_closes": lambda account, asked: phone.agent_acts(
                account, asked["customer"], agents.close(_follower(account, asked))
            ),
        },
    )


def _token_commands(tokens: StableTokens) -> dict[str, Command]:
    return {
        "kill_token": lambda account, _: tokens.kill(account.settings["app_id"]),
        "expire_token": lambda account, _: tokens.expire(account.settings["app_id"]),
        "distrust_token": lambda account, _: tokens.distrust(account.settings["app_id"]),
        "tokens_asked": lambda account, _: tokens.asked(account.settings["app_id"]),
    }


def _follower(account: AccountConfig, asked: Mapping[str, object]) -> Follower:
    return (account.id, str(asked["customer"]))
