"""Settings of a sender at Aliyun's short message service (阿里云短信服务)."""

import re
from dataclasses import dataclass

from channels.config import setting
from channels.http import is_web_address
from channels.registered import read_registered, registered_problems, templates_setting
from channels.sms.callbacks import callback_ips_problems, callback_ips_setting
from channels.sms.config import common_problems, country_setting, in_doubt_setting, optout_setting
from conversations.wording import Registered

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class AliyunConfig:
    """One signature with one template of an Aliyun account."""

    access_key_id: str = setting("AccessKey ID of a RAM user that may send (AliyunDysmsFullAccess)")
    access_key_secret: str = setting("AccessKey Secret of that user", secret=True)
    sign_name: str = setting("Approved signature without its brackets (签名)")
    template_code: str = setting("Approved template, such as SMS_123456789 (模板CODE)")
    template_variable: str = setting("Name of the template's variable that carries the text", default="content")
    templates: str = templates_setting(
        "Templates that agents may send as they are: for each a line of #, its 模板CODE and a title, then its wording "
        "(模板内容) with variables such as ${order}"
    )
    callback_secret: str = setting(
        "Secret of your choice at the end of the callback addresses, ?secret=…, since Aliyun signs nothing", secret=True
    )
    callback_ips: str = callback_ips_setting()
    country: str = country_setting()
    in_doubt: str = in_doubt_setting()
    optout_words: str = optout_setting()
    api_url: str = setting("Address of Aliyun's interface", default="https://dysmsapi.aliyuncs.com")

    @property
    def registered(self) -> tuple[Registered, ...]:
        """The templates that agents may send."""
        return read_registered(self.templates, _VARIABLE)

    def problems(self) -> list[str]:
        """What is wrong with these settings beyond being missing."""
        checks = {
            "sign_name: leave out the brackets 【】": not set("【】") & set(self.sign_name),
            **registered_problems("templates", self.templates),
            **callback_ips_problems(self.callback_ips),
            **common_problems(self),
            f"api_url: {self.api_url!r} is not an http(s) address": is_web_address(self.api_url),
        }
        return [problem for problem, fine in checks.items() if not fine]
