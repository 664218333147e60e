"""Customers' mailboxes, as the lab keeps them."""

from lab.mail.absence import Absence, Mailstates
from lab.mail.boxes import Inbox, Mailboxes, open_inbox
from lab.mail.carrier import Carrier
from lab.mail.reports import MailReports
from lab.world import Playing, World


def play(world: World) -> Playing:
    """The mail programs, and the server that takes the product's mail."""
    carrier, states = Carrier(world), Mailstates(world)
    inbox = Inbox(world, states, MailReports(world, carrier), Absence(world, carrier))
    return Playing(
        phone=Mailboxes(world, carrier),
        deliveries=len(world.config.timings.mail_pauses) + 1,
        server=lambda: open_inbox(world, inbox),
        commands={"mailbox": states.change},
    )
