"""What the lab is told: which accounts it plays the provider of, where the product listens, how fast time runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, kw_only=True)
class AccountConfig:
    """One account of the product, with the provider's side of its secrets.

    `settings` have the names that the product's account has. `page` is where a web chat can be opened.
    """

    id: str
    kind: str
    name: str = ""
    page: str = ""
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds, as the real providers count them, save for Aliyun's callbacks: its minutes are the lab's seconds."""

    wechat_deadline: float = 5.0
    callback_deadline: float = 5.0
    twilio_deadline: float = 15.0
    callback_pauses: tuple[float, ...] = (1.0, 5.0, 10.0)
    mail_pauses: tuple[float, ...] = (5.0, 30.0)
    receipt_after: float = 1.0
    receipt_late: float = 15.0


@dataclass(frozen=True, kw_only=True)
class LabConfig:
    """The whole lab. Its accounts' secrets are made up for the loopback, which is the only place it listens on."""

    accounts: tuple[AccountConfig, ...]
    data_folder: Path
    host: str = "127.0.0.1"
    port: int = 8401
    public_url: str = "http://127.0.0.1:8401"
    inbox_port: int = 8426
    smpp_port: int = 8427
    cmpp_port: int = 8428
    gateway_url: str = "http://127.0.0.1:8400"
    gateway_mail_host: str = "127.0.0.1"
    gateway_mail_port: int = 8425
    timings: Timings = Timings()

    def account(self, id: str) -> AccountConfig:
        """The account with this id; raises KeyError."""
        return {account.id: account for account in self.accounts}[id]

    def of_kind(self, kind: str) -> list[AccountConfig]:
        """The accounts whose provider is of one kind."""
        return [account for account in self.accounts if account.kind == kind]

    def webhook(self, account: str) -> str:
        """Where the product takes what a provider has to say."""
        return f"{self.gateway_url}/webhooks/{account}"


def read_config(file: Path) -> LabConfig:
    """Read `lab.json`; its keys are the fields of `LabConfig`. A relative data folder is beside the file."""
    return make_config(orjson.loads(file.read_bytes()), beside=file.parent)


def make_config(raw: Mapping[str, Any], *, beside: Path) -> LabConfig:
    """Make the configuration from parsed JSON; raises TypeError for a key that nobody knows."""
    timings = {name: _immutable(value) for name, value in raw.get("timings", {}).items()}
    made = {
        "accounts": tuple(AccountConfig(**account) for account in raw["accounts"]),
        "data_folder": beside / raw.get("data_folder", "lab"),
        "timings": Timings(**timings),
    }
    return LabConfig(**{**raw, **made})


def _immutable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
