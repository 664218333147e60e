"""Telegram's Bot API and the phones of those who write to the bots, as the lab plays them."""

from lab.telegram.bots import Bots
from lab.telegram.interface import BotApi
from lab.telegram.methods import Methods
from lab.telegram.phones import TelegramPhone
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The servers and the phones."""
    bots = Bots(world)
    phone = TelegramPhone(world, bots)
    return Playing(
        phone=phone,
        deliveries=len(world.config.timings.callback_pauses) + 1,
        routes=BotApi(world, bots, Methods(world)).routes(),
        commands={
            "album": lambda account, asked: phone.send_album(account, asked["customer"], int(asked["pictures"])),
            "unanswered": lambda account, _: sorted(bots.of(account.id).questions),
        },
    )
