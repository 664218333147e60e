"""What operators do at WeChat: the menu, QR codes; and the sign that somebody is writing."""

from datetime import timedelta

import pytest
from yarl import URL

from channels.contract import PassiveReplier, TypingTeller
from channels.wechat.channel import WeChatChannel
from channels.wechat.menu import Button, pictures_at
from conversations.address import Address
from conversations.errors import Misconfigured, Rejected
from tests.channels.wechat.sampler import DONE
from tests.support.provider import Provider, says

MENU = "/cgi-bin/menu/create"
NO_MENU = "/cgi-bin/menu/delete"
CODE = "/cgi-bin/qrcode/create"
TYPING = "/cgi-bin/message/custom/typing"
FOLLOWER = Address("wechat:account/oABCD1234")

BUTTONS = (
    Button(name="余额", key="BALANCE"),
    Button(
        name="服务",
        buttons=(
            Button(name="官网", type="view", url="https://bank.example"),
            Button(name="扫码", type="scancode_waitmsg", key="SCAN"),
        ),
    ),
)


async def test_a_menu_is_published(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(MENU, DONE)
    await channel.api.publish_menu(BUTTONS)
    (request,) = provider.requests(MENU)
    assert request.json() == {
        "button": [
            {"name": "余额", "type": "click", "key": "BALANCE"},
            {
                "name": "服务",
                "sub_button": [
                    {"name": "官网", "type": "view", "url": "https://bank.example"},
                    {"name": "扫码", "type": "scancode_waitmsg", "key": "SCAN"},
                ],
            },
        ]
    }
    assert "余额".encode() in request.body, "WeChat shows escapes as they are"


async def test_a_menu_that_wechat_does_not_take_is_explained(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(MENU, says({"errcode": 40016, "errmsg": "invalid button size"}))
    with pytest.raises(Rejected, match="1 to 3 buttons"):
        await channel.api.publish_menu(())


async def test_the_menu_is_taken_away(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(NO_MENU, DONE)
    await channel.api.remove_menu()
    assert provider.requests(NO_MENU)[0].method == "GET"


@pytest.mark.parametrize(
    ("lasts", "wish"),
    [
        (timedelta(days=30), {"action_name": "QR_STR_SCENE", "expire_seconds": 2_592_000}),
        (timedelta(minutes=1), {"action_name": "QR_STR_SCENE", "expire_seconds": 60}),
        (None, {"action_name": "QR_LIMIT_STR_SCENE"}),
    ],
)
async def test_a_qr_code_lasts_as_long_as_it_is_told_to(
    lasts: timedelta | None, wish: dict[str, object], channel: WeChatChannel, provider: Provider
) -> None:
    """A temporary code without a time would end after 60 seconds."""
    answer = {"ticket": "gQH47joAAA+/w==", "expire_seconds": 60, "url": "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI"}
    provider.answers(CODE, says(answer))
    code = await channel.api.make_scene_code("branch:浦东", lasts)
    assert provider.requests(CODE)[0].json() == {**wish, "action_info": {"scene": {"scene_str": "branch:浦东"}}}
    assert (code.ticket, code.content) == ("gQH47joAAA+/w==", "http://weixin.qq.com/q/kZgfwMTm72WWPkovabbI")
    assert code.picture == f"{provider.url}/cgi-bin/showqrcode?ticket=gQH47joAAA%2B/w%3D%3D"


@pytest.mark.parametrize("host", ["api.weixin.qq.com", "sh.api.weixin.qq.com"])
def test_wechat_keeps_the_pictures_of_codes_on_another_server(host: str) -> None:
    assert str(pictures_at(URL(f"https://{host}"))) == "https://mp.weixin.qq.com/cgi-bin/showqrcode"


async def test_typing_shows(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(TYPING, DONE)
    await channel.tell_typing(FOLLOWER)
    assert provider.requests(TYPING)[0].json() == {"touser": "oABCD1234", "command": "Typing"}


@pytest.mark.parametrize("code", [45072, 45080, 45081])
async def test_that_typing_cannot_be_shown_now_disturbs_nobody(
    code: int, channel: WeChatChannel, provider: Provider
) -> None:
    provider.answers(TYPING, says({"errcode": code, "errmsg": "no"}))
    await channel.tell_typing(FOLLOWER)


async def test_other_trouble_with_typing_is_told(channel: WeChatChannel, provider: Provider) -> None:
    provider.answers(TYPING, says({"errcode": 48001, "errmsg": "api unauthorized"}))
    with pytest.raises(Misconfigured):
        await channel.tell_typing(FOLLOWER)


def test_what_it_can_do_beside_sending(channel: WeChatChannel) -> None:
    assert isinstance(channel, PassiveReplier)
    assert isinstance(channel, TypingTeller)


def test_windows_are_as_wechat_describes_them(channel: WeChatChannel) -> None:
    windows = {each.name: (each.messages, each.lasts) for each in channel.capabilities.windows}
    tap = (3, timedelta(minutes=1))
    assert windows == {"message": (5, timedelta(hours=48)), "menu": tap, "follow": tap, "scan": tap}
