"""What stands in the database before the measuring: two accounts, a queue for each, and an agent at one of them."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from conversations.message import Direction
from conversations.people import AgentState
from huiliu.opening import opened
from runtime.settings import Settings
from storage import accounts, queues, tables
from storage.database import Connection, Database
from tests.support.builders import a_rule, a_user, append_rule

TOKEN = "token-of-the-bench"

HALL = AccountId("hall")
"""The account that most customers write to; nobody looks at it."""

DESK = AccountId("desk")
"""The account that the agent looks after."""

CUSTOMERS = {HALL: 950, DESK: 50}
"""How many followers each account has; each of them writes equally often."""


@dataclass(frozen=True)
class Stage:
    """One installation to measure."""

    folder: Path
    database_url: str
    port: int

    @property
    def settings(self) -> Settings:
        """What its gateway is told."""
        return Settings.from_env(
            {
                "HUILIU_DATA_DIR": str(self.folder),
                "HUILIU_DATABASE_URL": self.database_url,
                "HUILIU_PORT": str(self.port),
                "HUILIU_SMTP_PORT": str(self.port + 2),
                "HUILIU_LOG_LEVEL": "warning",
            }
        )


async def set_up(stage: Stage) -> str:
    """Make the accounts, their queues and the agent. Returns the token of the agent's session."""
    async with opened(stage.settings) as found:
        now = utc_now()
        agent = a_user(state=AgentState.READY, capacity=sum(CUSTOMERS.values()))
        link = await found.people.add(agent, "bench")
        for account_id in CUSTOMERS:
            settings = {"app_id": "wx0123456789abcdef", "app_secret": "-", "token": TOKEN, "mode": "plain"}
            account = Account(id=account_id, kind="wechat", name=account_id, settings=settings)
            await found.database.write(accounts.add, found.vault, account, now, "bench")
            queue = await found.database.write(queues.add, account_id, now, "bench")
            row = a_rule(queue, name=account_id, conditions={"account": [account_id]})
            await found.database.write(append_rule, row)
            if account_id == DESK:
                await found.database.write(queues.set_members, queue, frozenset((agent.id,)), now, "bench")
        return (await found.people.accept(link)).token


async def stored(stage: Stage) -> int:
    """How many messages of customers are in the database."""
    database = Database(stage.settings.database_url)
    try:
        return await database.read(_count)
    finally:
        await database.close()


def _count(connection: Connection) -> int:
    inbound = tables.messages.c.direction == Direction.INBOUND
    return connection.execute(select(func.count()).select_from(tables.messages).where(inbound)).scalar_one()
