"""Every provider the lab plays, by the kind of the product's accounts: one line each."""

from collections.abc import Callable

from lab import aliyun, cmpp, custom, mail, smpp, telegram, tencent, twilio, wechat, wecom
from lab.world import Playing, World

PROVIDERS: dict[str, Callable[[World], Playing]] = {
    "wechat": wechat.play,
    "wecom": wecom.play,
    "sms_aliyun": aliyun.play,
    "sms_tencent": tencent.play,
    "sms_twilio": twilio.play,
    "sms_cmpp": cmpp.play,
    "sms_smpp": smpp.play,
    "email": mail.play,
    "telegram": telegram.play,
    "custom": custom.play,
}
