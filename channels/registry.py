"""Every kind of channel there is: one line each."""

from channels.contract import Channel
from channels.custom.channel import CustomChannel
from channels.email.channel import EmailChannel
from channels.sms.aliyun.channel import AliyunSmsChannel
from channels.sms.cmpp.channel import CmppChannel
from channels.sms.smpp.channel import SmppChannel
from channels.sms.tencent.channel import TencentSmsChannel
from channels.sms.twilio.channel import TwilioSmsChannel
from channels.telegram.channel import TelegramChannel
from channels.webchat.channel import WebChatChannel
from channels.wechat.channel import WeChatChannel
from channels.wecom.channel import WeComChannel

CHANNELS: dict[str, type[Channel]] = {
    "wechat": WeChatChannel,
    "wecom": WeComChannel,
    "sms_aliyun": AliyunSmsChannel,
    "sms_cmpp": CmppChannel,
    "sms_tencent": TencentSmsChannel,
    "sms_twilio": TwilioSmsChannel,
    "sms_smpp": SmppChannel,
    "email": EmailChannel,
    "webchat": WebChatChannel,
    "telegram": TelegramChannel,
    "custom": CustomChannel,
}
