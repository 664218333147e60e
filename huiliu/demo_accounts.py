"""The demo's four accounts: their ids are known, their secrets made up at the first start, their providers the lab."""

import secrets

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from runtime.settings import Settings
from storage import accounts
from storage.database import Transaction
from storage.vault import Vault

CHAT = AccountId("demo-webchat")


def settle(transaction: Transaction, vault: Vault, settings: Settings) -> list[Account]:
    """Add the demo's accounts that are missing, and point the others to where the lab is today."""
    known = {account.id: account for account in accounts.listed(transaction.connection, vault)}
    for account in _made_up():
        wanted = _pointed_to_lab(known.get(account.id, account), settings)
        if account.id not in known:
            accounts.add(transaction, vault, wanted, utc_now(), "system")
        elif wanted.settings != known[account.id].settings:
            accounts.set_settings(transaction, vault, wanted.id, wanted.name, wanted.settings, utc_now(), "system")
    demo = {account.id for account in _made_up()}
    return [each for each in accounts.listed(transaction.connection, vault) if each.id in demo]


def _pointed_to_lab(account: Account, settings: Settings) -> Account:
    lab = f"http://{settings.host}:{settings.lab_port}"
    places = {
        "wechat": {"api_url": f"{lab}/wechat"},
        "sms_aliyun": {"api_url": f"{lab}/aliyun/"},
        "email": {"smtp_host": settings.smtp_host, "smtp_port": str(settings.lab_smtp_port)},
        "webchat": {},
    }
    pointed = {**account.settings, **places[account.kind]}
    return Account(id=account.id, kind=account.kind, name=account.name, settings=pointed)


def _made_up() -> list[Account]:
    return [
        Account(
            id=AccountId("demo-wechat"),
            kind="wechat",
            name="汇流服务号",
            settings={
                "app_id": f"wx{secrets.token_hex(8)}",
                "app_secret": secrets.token_hex(16),
                "token": secrets.token_hex(12),
                "aes_key": secrets.token_hex(22)[:43],
                "mode": "safe",
            },
        ),
        Account(
            id=AccountId("demo-sms"),
            kind="sms_aliyun",
            name="短信 SMS",
            settings={
                "access_key_id": f"LTAI{secrets.token_hex(8)}",
                "access_key_secret": secrets.token_hex(16),
                "sign_name": "汇流",
                "template_code": "SMS_100000001",
                "callback_secret": secrets.token_urlsafe(18),
            },
        ),
        Account(
            id=AccountId("demo-mail"),
            kind="email",
            name="服务邮箱",
            settings={
                "mailbox": "service@huiliu.example",
                "display_name": "汇流客服",
                "thread_secret": secrets.token_hex(16),
            },
        ),
        Account(
            id=CHAT,
            kind="webchat",
            name="网页客服",
            settings={
                "site_secret": secrets.token_hex(16),
                "visitor_secret": secrets.token_hex(16),
                "title": "汇流客服",
            },
        ),
    ]
