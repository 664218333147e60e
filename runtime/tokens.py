"""The tokens of providers, shared by all processes."""

from channels.contract import Token
from conversations.errors import ProviderUnavailable
from conversations.ids import AccountId
from storage import accounts
from storage.database import Database, DatabaseUnavailable
from storage.vault import Vault


class SharedTokens:
    """Providers' tokens in the database, sealed, for all processes (`channels.contract.TokenStore`).

    Without its token nothing reaches a provider: while the database is away, both raise `ProviderUnavailable`.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def load(self, account: AccountId, name: str) -> Token | None:
        """The token somebody stored last, expired or not."""
        try:
            found = await self._database.read(accounts.load_token, self._vault, account, name)
        except DatabaseUnavailable as error:
            raise _no_token(error) from error
        return None if found is None else Token(*found)

    async def save(self, account: AccountId, name: str, token: Token) -> None:
        """Share a token with the other processes."""
        try:
            await self._database.write(accounts.save_token, self._vault, account, name, token.value, token.expires_at)
        except DatabaseUnavailable as error:
            raise _no_token(error) from error


def _no_token(error: DatabaseUnavailable) -> ProviderUnavailable:
    return ProviderUnavailable(f"The access token waits for the database: {error}")
