"""Accounts: one configured endpoint of ours, such as an Official Account, a mailbox or a site's chat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conversations.ids import AccountId


@dataclass(frozen=True, kw_only=True)
class Account:
    """What an operator set up for one endpoint.

    `settings` are the channel's own, validated by its `Config`; they hold secrets, so they never appear in `repr`.
    `paused` stops sending, with the reason, until an operator acts; receiving goes on.
    """

    id: AccountId
    kind: str
    name: str
    settings: Mapping[str, str] = field(repr=False)
    paused: str = ""
    last_ok_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error: str = ""
    last_heard_at: datetime | None = None

    @property
    def last_good_at(self) -> datetime | None:
        """When the provider last took something over or brought something."""
        return max(filter(None, (self.last_ok_at, self.last_heard_at)), default=None)
