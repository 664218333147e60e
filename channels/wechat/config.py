"""Settings of a WeChat service account, as the page 设置与开发 → 基本配置 names them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from channels.config import number, setting
from channels.http import is_web_address
from channels.registered import read_registered, registered_problems, templates_setting
from channels.sealed import is_aes_key
from conversations.wording import Registered

LONGEST_WAIT = 4.5
"""Seconds. WeChat hangs up after 5, and the answer must still travel."""

_VARIABLE = re.compile(r"\{\{(\w+)\.DATA\}\}")


class Mode(StrEnum):
    """How WeChat wraps what it sends: 明文模式, 兼容模式, 安全模式."""

    PLAIN = "plain"
    COMPAT = "compat"
    SAFE = "safe"


@dataclass(frozen=True, kw_only=True)
class WeChatConfig:
    """One Official Account (公众号)."""

    app_id: str = setting("AppID of the account (开发者ID)")
    app_secret: str = setting("AppSecret (开发者密码)", secret=True)
    token: str = setting("Token of the server configuration (令牌); WeChat signs with it", secret=True)
    aes_key: str = setting(
        "EncodingAESKey, 43 characters (消息加解密密钥); not needed in plain mode",
        default="",
        secret=True,
        example="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    )
    mode: str = setting("Message encryption: safe, compat or plain (消息加解密方式)", default=Mode.SAFE)
    templates: str = templates_setting(
        "Template messages (模板消息) that agents may send: for each a line of #, its 模板ID and a title, then its "
        "wording (详细内容) with variables such as {{thing1.DATA}}"
    )
    notices: str = templates_setting(
        "Notices (订阅通知) that agents may send, in the same form; each of them spends one consent of the customer"
    )
    passive_seconds: str = setting(
        "Seconds (up to 4.5) in which the first reply may be given as the answer to the customer's own message, "
        "which costs no quota; 0: never (被动回复)",
        default="0",
    )
    native_transfer: str = setting(
        "yes: pass each message on to WeChat's own agents as well (转发到多客服)", default="no"
    )
    api_url: str = setting("Address of WeChat's interface", default="https://api.weixin.qq.com")

    @property
    def registered(self) -> tuple[Registered, ...]:
        """The templates that agents may send."""
        templates = read_registered(self.templates, _VARIABLE)
        return templates + read_registered(self.notices, _VARIABLE, once=True)

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            f"mode: {self.mode!r} is not one of safe, compat, plain": self.mode in set(Mode),
            "aes_key: WeChat's keys have 43 letters and digits": is_aes_key(self.aes_key)
            or (self.mode == Mode.PLAIN and not self.aes_key),
            **registered_problems("templates", self.templates),
            **registered_problems("notices", self.notices),
            f"passive_seconds: {self.passive_seconds!r} is not a number from 0 to {LONGEST_WAIT}": 0
            <= number(self.passive_seconds)
            <= LONGEST_WAIT,
            f"native_transfer: {self.native_transfer!r} is not one of yes, no": self.native_transfer in ("yes", "no"),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]
