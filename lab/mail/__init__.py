"""Customers' mailboxes, as the lab keeps them."""

from lab.mail.boxes import Mailboxes, open_inbox
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The mail programs, and the server that takes the product's mail."""
    return Playing(
        phone=Mailboxes(world),
        deliveries=len(world.config.timings.mail_pauses) + 1,
        server=lambda: open_inbox(world),
    )
