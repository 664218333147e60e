"""Settings of a WeChat service account, as the page 设置与开发 → 基本配置 names them."""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from channels.config import setting
from channels.http import is_web_address


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
        "EncodingAESKey, 43 characters (消息加解密密钥); not needed in plain mode", default="", secret=True
    )
    mode: str = setting("Message encryption: safe, compat or plain (消息加解密方式)", default=Mode.SAFE)
    api_url: str = setting("Address of WeChat's interface", default="https://api.weixin.qq.com")

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            f"mode: {self.mode!r} is not one of safe, compat, plain": self.mode in set(Mode),
            "aes_key: WeChat's keys have 43 letters and digits": _is_aes_key(self.aes_key)
            or (self.mode == Mode.PLAIN and not self.aes_key),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]


def _is_aes_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
