"""Settings of a sender at Tencent Cloud's short message service (腾讯云短信)."""

import re
from dataclasses import dataclass

from channels.config import setting
from channels.http import is_web_address
from channels.registered import read_registered, registered_problems, templates_setting
from channels.sms.callbacks import callback_ips_problems, callback_ips_setting
from channels.sms.config import common_problems, country_setting, in_doubt_setting, optout_setting
from conversations.wording import Registered

_VARIABLE = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, kw_only=True)
class TencentConfig:
    """One application with one signature and a template for texts."""

    secret_id: str = setting("SecretId of a CAM user that may send (QcloudSMSFullAccess)")
    secret_key: str = setting("SecretKey of that user", secret=True)
    sdk_app_id: str = setting("SDK AppID of the application, such as 1400006666 (SdkAppId)", example="1400006666")
    sign_name: str = setting("Approved signature without its brackets (签名内容)")
    template_id: str = setting(
        "Approved template with one variable, which carries the text, such as 449739 (模板ID)", example="1110"
    )
    templates: str = templates_setting(
        "Templates that agents may send as they are: for each a line of #, its 模板ID and a title, then its wording "
        "(模板内容) with variables such as {1}"
    )
    region: str = setting("Region of Tencent's servers: ap-guangzhou, ap-beijing, ap-nanjing", default="ap-guangzhou")
    callback_secret: str = setting(
        "Secret of your choice at the end of the callback address, ?secret=…, since Tencent signs nothing", secret=True
    )
    callback_ips: str = callback_ips_setting()
    country: str = country_setting()
    in_doubt: str = in_doubt_setting()
    optout_words: str = optout_setting()
    api_url: str = setting("Address of Tencent's interface", default="https://sms.tencentcloudapi.com")

    @property
    def registered(self) -> tuple[Registered, ...]:
        """The templates that agents may send."""
        return read_registered(self.templates, _VARIABLE)

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            "sign_name: leave out the brackets 【】": not set("【】") & set(self.sign_name),
            f"sdk_app_id: {self.sdk_app_id!r} is not a number": self.sdk_app_id.isdecimal(),
            f"template_id: {self.template_id!r} is not a number": self.template_id.isdecimal(),
            **registered_problems("templates", self.templates),
            **callback_ips_problems(self.callback_ips),
            **common_problems(self),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]
