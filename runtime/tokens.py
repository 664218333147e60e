"""The tokens of providers, shared by all processes."""

from channels.contract import Token
from conversations.ids import AccountId
from storage import accounts
from storage.database import Database
from storage.vault import Vault


class SharedTokens:
    """Providers' tokens in the database, sealed, for all processes (`channels.contract.TokenStore`)."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def load(self, account: AccountId, name: str) -> Token | None:
        """The token somebody stored last, expired or not."""
        found = await self._database.read(accounts.load_token, self._vault, account, name)
        return None if found is None else Token(*found)

    async def save(self, account: AccountId, name: str, token: Token) -> None:
        """Share a token with the other processes."""
        await self._database.write(accounts.save_token, self._vault, account, name, token.value, token.expires_at)
