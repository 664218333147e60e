"""Templates are read as operators copy them from their provider's page."""

import pytest

from channels.config import ConfigInvalid, example_settings, read_config
from channels.sms.aliyun.config import AliyunConfig
from channels.sms.tencent.config import TencentConfig
from channels.wechat.config import WeChatConfig
from conversations.wording import Gap, Registered

CONFIGS = (AliyunConfig, TencentConfig, WeChatConfig)
"""The settings of every channel whose provider registers templates."""

Config = type[AliyunConfig] | type[TencentConfig] | type[WeChatConfig]


def read(config: Config, **settings: str) -> tuple[Registered, ...]:
    return read_config(config, {**example_settings(config), **settings}).registered


@pytest.mark.parametrize("config", CONFIGS)
def test_without_the_setting_there_is_none(config: Config) -> None:
    assert read(config) == ()


def test_each_begins_with_its_name_and_title_as_browsers_send_lines() -> None:
    listed = "# SMS_1 发货 通知\r\n您的订单${order}已发货。\r\n\r\n#SMS_2 是正文\r\n\r\n# SMS_3\r\n${code}"
    assert read(AliyunConfig, templates=listed) == (
        Registered("SMS_1", "发货 通知", ("您的订单", Gap("order"), "已发货。\n\n#SMS_2 是正文")),
        Registered("SMS_3", "SMS_3", (Gap("code"),)),
    )


def test_variables_are_written_as_each_provider_writes_them() -> None:
    (sms,) = read(TencentConfig, templates="# 449740 预约\n{1}，您预约了{2}。${x}")
    assert sms.wording == (Gap("1"), "，您预约了", Gap("2"), "。${x}")
    template, notice = read(
        WeChatConfig,
        templates="# TPL-1 账单\n{{first.DATA}}\n金额：{{amount3.DATA}}",
        notices="# TPL-2 签收\n{{thing1.DATA}}已签收",
    )
    assert (template.wording, template.once) == ((Gap("first"), "\n金额：", Gap("amount3")), False)
    assert (notice.wording, notice.once) == ((Gap("thing1"), "已签收"), True)


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ("您的订单已发货\n# SMS_1 发货\n已发货", "begin each template with a line of #"),
        ("# SMS_1 发货\n\n# SMS_2 签收\n已签收", "SMS_1 has no wording below its line"),
        ("# SMS_1 发货\n已发货\n# SMS_1 签收\n已签收", "SMS_1 is there twice"),
    ],
)
@pytest.mark.parametrize("config", CONFIGS)
def test_what_cannot_be_read_is_told(config: Config, listed: str, problem: str) -> None:
    with pytest.raises(ConfigInvalid, match=f"templates: {problem}"):
        read(config, templates=listed)
