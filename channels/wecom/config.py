"""Settings of a customer-service account, as WeCom's administration names them."""

from dataclasses import dataclass

from channels.config import setting
from channels.http import is_web_address
from channels.sealed import is_aes_key

MOST_TEXT = 2048
"""Bytes of a text."""


@dataclass(frozen=True, kw_only=True)
class WeComConfig:
    """One customer-service account (客服账号) of one company."""

    corp_id: str = setting("CorpID of the company (我的企业 → 企业ID)")
    secret: str = setting("Secret of the app that may call 微信客服 (应用管理 → 自建应用 → Secret)", secret=True)
    token: str = setting("Token of the app's callback (接收消息 → API接收); WeCom signs with it", secret=True)
    aes_key: str = setting(
        "EncodingAESKey of the callback, 43 characters",
        secret=True,
        example="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    )
    open_kfid: str = setting("Id of the customer-service account (客服账号ID, wk…)")
    welcome: str = setting("Words for whoever opens the chat after 48 hours of silence; empty: none", default="")
    api_url: str = setting("Address of WeCom's interface", default="https://qyapi.weixin.qq.com")

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            "aes_key: WeCom's keys have 43 letters and digits": is_aes_key(self.aes_key),
            f"welcome: WeCom takes {MOST_TEXT} bytes of text": len(self.welcome.encode()) <= MOST_TEXT,
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]
