"""The demo's accounts: their ids are known, their secrets made up at the first start, their providers the lab."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from conversations.account import Account
from conversations.clock import utc_now
from conversations.ids import AccountId
from runtime.settings import Settings
from storage import accounts
from storage.database import Transaction
from storage.vault import Vault

CHAT = AccountId("demo-webchat")

SHORT_MESSAGES = """\
# SMS_100000002 发货通知
您的订单${order}已发货，预计${day}送达。

# SMS_100000003 预约提醒
${name}，您预约的${service}将于${time}开始，请准时到店。
"""

NUMBERED_MESSAGES = """\
# 449740 发货通知
您的订单{1}已发货，预计{2}送达。

# 449741 预约提醒
{1}，您预约的{2}将于{3}开始，请准时到店。
"""

TEMPLATE_MESSAGES = """\
# OPENTM410231234 订单发货通知
您好，您购买的商品已发货。
订单编号：{{keyword1.DATA}}
送达时间：{{keyword2.DATA}}

# OPENTM410231235 工单处理进度
您反馈的问题有了新进展。
工单编号：{{keyword1.DATA}}
处理结果：{{keyword2.DATA}}
"""

NOTICES = """\
# NOTICE_100000001 签收提醒
您的包裹已由{{thing1.DATA}}签收
"""

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
        Account(id=AccountId(id), kind=kind, name=name, settings=make_secrets())
        for kind, (id, name, make_secrets) in _DEMO.items()
    ]


def _wechat() -> dict[str, str]:
    return {
        "app_id": f"wx{secrets.token_hex(8)}",
        "app_secret": secrets.token_hex(16),
        "token": secrets.token_hex(12),
        "aes_key": secrets.token_hex(22)[:43],
        "mode": "safe",
        "templates": TEMPLATE_MESSAGES,
        "notices": NOTICES,
    }


def _wecom() -> dict[str, str]:
    return {
        "corp_id": f"ww{secrets.token_hex(8)}",
        "secret": secrets.token_hex(16),
        "token": secrets.token_hex(12),
        "aes_key": secrets.token_hex(22)[:43],
        "open_kfid": f"wk{secrets.token_hex(15)}",
    }


def _aliyun() -> dict[str, str]:
    return {
        "access_key_id": f"LTAI{secrets.token_hex(8)}",
        "access_key_secret": secrets.token_hex(16),
        "sign_name": "汇流",
        "template_code": "SMS_100000001",
        "templates": SHORT_MESSAGES,
        "callback_secret": secrets.token_urlsafe(18),
    }


def _tencent() -> dict[str, str]:
    return {
        "secret_id": f"AKID{secrets.token_hex(16)}",
        "secret_key": secrets.token_hex(16),
        "sdk_app_id": "1400006666",
        "sign_name": "汇流",
        "template_id": "449739",
        "templates": NUMBERED_MESSAGES,
        "callback_secret": secrets.token_urlsafe(18),
    }


def _twilio() -> dict[str, str]:
    return {
        "account_sid": f"AC{secrets.token_hex(16)}",
        "auth_token": secrets.token_hex(16),
        "from_number": "+14155552671",
    }


def _smpp() -> dict[str, str]:
    return {"system_id": "huiliu", "password": secrets.token_hex(4), "source": "85290001000"}


def _cmpp() -> dict[str, str]:
    return {
        "source_addr": "900001",
        "secret": secrets.token_hex(8),
        "service_id": "HUILIU",
        "src_id": "10690001",
        "signature": "汇流",
        "signature_by": "us",
    }


def _mail() -> dict[str, str]:
    return {
        "mailbox": "service@huiliu.example",
        "display_name": "汇流客服",
        "thread_secret": secrets.token_hex(16),
    }


def _chat() -> dict[str, str]:
    return {"site_secret": secrets.token_hex(16), "visitor_secret": secrets.token_hex(16), "title": "汇流客服"}


def _telegram() -> dict[str, str]:
    return {
        "bot_token": f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_hex(18)[:35]}",
        "mode": "webhook",
        "webhook_secret": secrets.token_urlsafe(18),
    }


def _custom() -> dict[str, str]:
    return {"secret": secrets.token_urlsafe(24)}


_DEMO: dict[str, tuple[str, str, Callable[[], dict[str, str]]]] = {
    "wechat": ("demo-wechat", "汇流服务号", _wechat),
    "sms_aliyun": ("demo-sms", "短信 SMS", _aliyun),
    "email": ("demo-mail", "服务邮箱", _mail),
    "webchat": (CHAT, "网页客服", _chat),
    "wecom": ("demo-wecom", "企业微信客服", _wecom),
    "sms_tencent": ("demo-sms-tencent", "腾讯云短信", _tencent),
    "sms_twilio": ("demo-sms-twilio", "Twilio", _twilio),
    "sms_smpp": ("demo-sms-smpp", "SMPP", _smpp),
    "sms_cmpp": ("demo-sms-cmpp", "CMPP 中国移动", _cmpp),
    "telegram": ("demo-telegram", "Telegram", _telegram),
    "custom": ("demo-custom", "App", _custom),
}
"""By kind: the account's id and name, and what makes up its settings."""
