"""`huiliu demo`: the product with the lab beside it, and accounts that point to the lab."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import orjson

from conversations.account import Account
from conversations.clock import utc_now
from desk.first_rules import seed as seed_rules
from huiliu import demo_accounts
from huiliu.administrator import administrator, console_address, first_link
from huiliu.children import child, opened
from huiliu.opening import prepare
from huiliu.serve import everything
from runtime.settings import Settings, load_secret_key
from runtime.values import QuietHours
from storage import queues
from storage.database import Database, Transaction
from storage.vault import Vault

SURVEY_DELAY = timedelta(seconds=15)
"""In the demo nobody wants to wait ten minutes, nor until tomorrow morning, for a survey."""


@dataclass(frozen=True)
class Addresses:
    """Where a newcomer goes."""

    console: str
    lab: str
    chat: str


def demo_settings(settings: Settings, given: Mapping[str, str]) -> Settings:
    """The same settings, except that surveys come soon and at any hour, unless somebody said otherwise."""
    chosen: dict[str, object] = {"demo": True}
    if "HUILIU_SURVEY_DELAY" not in given:
        chosen["survey_delay"] = SURVEY_DELAY
    if "HUILIU_QUIET_HOURS" not in given:
        chosen["quiet_hours"] = QuietHours()
    return replace(settings, **chosen)  # type: ignore[arg-type]  # names and types are those of Settings


def demo_environment(given: Mapping[str, str]) -> dict[str, str]:
    """What the child processes have to be told for the same effect."""
    seconds = f"{SURVEY_DELAY.seconds}s"
    return {"HUILIU_SURVEY_DELAY": seconds, "HUILIU_QUIET_HOURS": "", **given, "HUILIU_DEMO": "yes"}


@contextlib.asynccontextmanager
async def demo(settings: Settings) -> AsyncIterator[None]:
    """The product and the lab, for the length of the `with`; whoever is told of both finds both open."""
    async with contextlib.AsyncExitStack() as stack:
        lab = ["-m", "lab", "--quiet", "--config", str(settings.data_dir / "lab.json")]
        await stack.enter_async_context(everything(settings))
        await stack.enter_async_context(child("lab", lab, {}))
        await opened("lab", settings.host, settings.lab_port)
        yield


async def seed(settings: Settings, *, all_channels: bool = False) -> Addresses:
    """Make what the demo needs and does not have yet. Starting again changes nothing."""
    await prepare(settings)
    vault = Vault(load_secret_key(settings))
    database = Database(settings.database_url)
    try:
        accounts = await database.write(demo_accounts.settle, vault, settings, all_channels=all_channels)
        await database.write(_add_people_and_queues)
        token = await first_link(database)
    finally:
        await database.close()
    (settings.data_dir / "lab.json").write_bytes(orjson.dumps(_lab_config(settings, accounts)))
    return Addresses(
        console=console_address(settings, token),
        lab=f"http://{settings.host}:{settings.lab_port}/",
        chat=_chat_page(settings),
    )


def _add_people_and_queues(transaction: Transaction) -> None:
    """One queue for everything and one for complaints, the administrator in both."""
    if queues.listed(transaction.connection):
        return
    now = utc_now()
    admin = administrator(transaction)
    complaints = queues.add(transaction, "投诉 Complaints", now, "system")
    service = queues.add(transaction, "客户服务 Customer service", now, "system")
    for queue in (complaints, service):
        queues.set_members(transaction, queue, frozenset((admin.id,)), now, "system")
    seed_rules(transaction, service, complaints, now)


def _lab_config(settings: Settings, accounts: list[Account]) -> dict[str, object]:
    return {
        "accounts": [
            {
                "id": account.id,
                "kind": account.kind,
                "name": account.name,
                "settings": dict(account.settings),
                "page": _chat_page(settings) if account.id == demo_accounts.CHAT else "",
            }
            for account in accounts
        ],
        "data_folder": "lab",
        "host": settings.host,
        "port": settings.lab_port,
        "public_url": f"http://{settings.host}:{settings.lab_port}",
        "inbox_port": settings.lab_smtp_port,
        "smpp_port": settings.lab_smpp_port,
        "cmpp_port": settings.lab_cmpp_port,
        "gateway_url": f"http://{settings.host}:{settings.port}",
        "gateway_mail_host": settings.smtp_host,
        "gateway_mail_port": settings.smtp_port,
    }


def _chat_page(settings: Settings) -> str:
    return f"{settings.public_url}/webchat/demo?account={demo_accounts.CHAT}"
