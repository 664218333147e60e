"""The lab approves from the beginning what the demo's accounts list, and reads it as the product does."""

import pytest

from channels.config import example_settings
from channels.registry import CHANNELS
from conversations.ids import AccountId
from huiliu.demo_accounts import NOTICES, NUMBERED_MESSAGES, SHORT_MESSAGES, TEMPLATE_MESSAGES
from lab.approved import approved
from lab.config import AccountConfig
from tests.support.surroundings import open_surroundings


@pytest.mark.parametrize(
    ("kind", "setting", "listed", "variable"),
    [
        ("sms_aliyun", "templates", SHORT_MESSAGES, "${%s}"),
        ("sms_tencent", "templates", NUMBERED_MESSAGES, "{%s}"),
        ("wechat", "templates", TEMPLATE_MESSAGES, "{{%s.DATA}}"),
        ("wechat", "notices", NOTICES, "{{%s.DATA}}"),
    ],
)
async def test_both_sides_read_the_same_wordings(kind: str, setting: str, listed: str, variable: str) -> None:
    settings = {**example_settings(CHANNELS[kind].Config), setting: listed}
    async with open_surroundings() as around:
        registered = CHANNELS[kind].create(AccountId("a"), settings, around).capabilities.registered
    as_written = {
        each.name: each.filled({name: variable % name for name in each.variables}).words for each in registered
    }
    assert as_written
    assert all(each.variables for each in registered)
    assert approved(AccountConfig(id="a", kind=kind, settings=settings), setting) == as_written
