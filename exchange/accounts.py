"""The accounts of this installation, each with its channel ready to use."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from channels.config import ConfigInvalid
from channels.contract import Channel, Surroundings, Window
from conversations.account import Account
from conversations.ids import AccountId
from storage import accounts
from storage.database import Database
from storage.vault import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """One account and the channel that speaks for it."""

    account: Account
    channel: Channel


class AccountBook:
    """What is configured now, in memory; loaded again whenever an account changes."""

    def __init__(
        self, database: Database, vault: Vault, around: Surroundings, kinds: Mapping[str, type[Channel]]
    ) -> None:
        self._database = database
        self._vault = vault
        self._around = around
        self._kinds = kinds
        self._endpoints: dict[AccountId, Endpoint] = {}
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read every account. One whose settings are not usable is logged and left out.

        One after the other: what was read earlier must not replace what was read later.
        """
        async with self._loading:
            listed = await self._database.read(accounts.listed, self._vault)
            made = ((account, self._known(account) or self._channel(account)) for account in listed)
            self._endpoints = {
                account.id: Endpoint(account, channel) for account, channel in made if channel is not None
            }

    def get(self, account_id: str) -> Endpoint | None:
        """One account, or None when it is unknown or unusable."""
        return self._endpoints.get(AccountId(account_id))

    def listed(self, kind: str = "") -> list[Endpoint]:
        """Every usable account, or those of one kind."""
        return [each for each in self._endpoints.values() if kind in ("", each.account.kind)]

    def window(self, account_id: AccountId, name: str) -> Window | None:
        """What a window of an account is that goes by this name."""
        endpoint = self.get(account_id)
        windows = () if endpoint is None else endpoint.channel.capabilities.windows
        return next((window for window in windows if window.name == name), None)

    def make(self, account: Account) -> Channel:
        """The channel of an account that is not stored yet. Raises `ConfigInvalid`."""
        return self._kinds[account.kind].create(account.id, account.settings, self._around)

    def _known(self, account: Account) -> Channel | None:
        """The channel as it is, which may hold a connection, if its settings are the same."""
        before = self._endpoints.get(account.id)
        return before.channel if before is not None and before.account.settings == account.settings else None

    def _channel(self, account: Account) -> Channel | None:
        try:
            return self.make(account)
        except (ConfigInvalid, KeyError) as error:
            log.error("account %s cannot be used: %s", account.id, error)
            return None
