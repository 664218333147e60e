"""The demo's accounts: their ids are known, their secrets made up at the first start, their providers the lab."""

import secrets
from dataclasses import replace

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from runtime.settings import Settings
from storage import accounts
from storage.database import Transaction
from storage.vault import Vault

CHAT = AccountId("demo-webchat")

FIRST_KINDS = frozenset(("wechat", "sms_aliyun", "email", "webchat"))
"""What a newcomer is shown; the others come on request, since not everybody wants eleven channels at once."""


def settle(transaction: Transaction, vault: Vault, settings: Settings, *, all_channels: bool) -> list[Account]:
    """Add the demo's accounts that are missing, and point the others to where the lab is today."""
    known = {account.id: account for account in accounts.listed(transaction.connection, vault)}
    made_up = [each for each in _made_up() if each.id in known or each.kind in FIRST_KINDS or all_channels]
    for account in made_up:
        wanted = _pointed_to_lab(known.get(account.id, account), settings)
        if account.id not in known:
            accounts.add(transaction, vault, wanted, utc_now(), "system")
        elif wanted.settings != known[account.id].settings:
            accounts.set_settings(transaction, vault, wanted.id, wanted.name, wanted.settings, utc_now(), "system")
    demo = {account.id for account in made_up}
    return [each for each in accounts.listed(transaction.connection, vault) if each.id in demo]


def _pointed_to_lab(account: Account, settings: Settings) -> Account:
    lab = f"http://{settings.host}:{settings.lab_port}"
    webhook = f"http://{settings.host}:{settings.port}/webhooks/{account.id}"
    places = {
        "wechat": {"api_url": f"{lab}/wechat"},
        "wecom": {"api_url": f"{lab}/wecom"},
        "sms_aliyun": {"api_url": f"{lab}/aliyun/"},
        "sms_tencent": {"api_url": f"{lab}/tencent/"},
        "sms_twilio": {"api_url": f"{lab}/twilio", "webhook_url": webhook},
        "sms_smpp": {"host": settings.host, "port": str(settings.lab_smpp_port)},
        "sms_cmpp": {"host": settings.host, "port": str(settings.lab_cmpp_port)},
        "email": {"smtp_host": settings.smtp_host, "smtp_port": str(settings.lab_smtp_port)},
        "webchat": {},
        "telegram": {"api_url": f"{lab}/telegram"},
        "custom": {"url": f"{lab}/custom/{account.id}", "file_hosts": f"{settings.host}:{settings.lab_port}"},
    }
    return replace(account, settings={**account.settings, **places[account.kind]})


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
        Account(
            id=AccountId("demo-wecom"),
            kind="wecom",
            name="企业微信客服",
            settings={
                "corp_id": f"ww{secrets.token_hex(8)}",
                "secret": secrets.token_hex(16),
                "token": secrets.token_hex(12),
                "aes_key": secrets.token_hex(22)[:43],
                "open_kfid": f"wk{secrets.token_hex(15)}",
            },
        ),
        Account(
            id=AccountId("demo-sms-tencent"),
            kind="sms_tencent",
            name="腾讯云短信",
            settings={
                "secret_id": f"AKID{secrets.token_hex(16)}",
                "secret_key": secrets.token_hex(16),
                "sdk_app_id": "1400006666",
                "sign_name": "汇流",
                "template_id": "449739",
                "callback_secret": secrets.token_urlsafe(18),
            },
        ),
        Account(
            id=AccountId("demo-sms-twilio"),
            kind="sms_twilio",
            name="Twilio",
            settings={
                "account_sid": f"AC{secrets.token_hex(16)}",
                "auth_token": secrets.token_hex(16),
                "from_number": "+14155552671",
            },
        ),
        Account(
            id=AccountId("demo-sms-smpp"),
            kind="sms_smpp",
            name="SMPP",
            settings={"system_id": "huiliu", "password": secrets.token_hex(4), "source": "85290001000"},
        ),
        Account(
            id=AccountId("demo-sms-cmpp"),
            kind="sms_cmpp",
            name="CMPP 中国移动",
            settings={
                "source_addr": "900001",
                "secret": secrets.token_hex(8),
                "service_id": "HUILIU",
                "src_id": "10690001",
                "signature": "汇流",
                "signature_by": "us",
            },
        ),
        Account(
            id=AccountId("demo-telegram"),
            kind="telegram",
            name="Telegram",
            settings={
                "bot_token": f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_hex(18)[:35]}",
                "mode": "webhook",
                "webhook_secret": secrets.token_urlsafe(18),
            },
        ),
        Account(id=AccountId("demo-custom"), kind="custom", name="App", settings={"secret": secrets.token_urlsafe(24)}),
    ]
