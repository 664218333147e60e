"""What operators set up at WeChat: the account's menu (自定义菜单) and QR codes with a scene (带参数的二维码).

Source: developers.weixin.qq.com, 自定义菜单, 生成带参数的二维码.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from yarl import URL

_PICTURES = "cgi-bin/showqrcode"
_WECHAT = ".weixin.qq.com"


def pictures_at(interface: URL) -> URL:
    """Where the pictures of codes are: WeChat's have a server of their own, what stands in for WeChat has not."""
    if f".{interface.host}".endswith(_WECHAT):
        return URL("https://mp.weixin.qq.com") / _PICTURES
    return interface / _PICTURES


@dataclass(frozen=True, kw_only=True)
class Button:
    """One button of the menu under the conversation.

    It opens other `buttons`, or does what its `type` says: `click` sends `key` to us, `view` opens `url`, the scanning
    ones (`scancode_push`, `scancode_waitmsg`) send `key` with what was scanned.
    """

    name: str
    type: str = "click"
    key: str = ""
    url: str = ""
    buttons: tuple["Button", ...] = ()


@dataclass(frozen=True, kw_only=True)
class SceneCode:
    """A QR code that says where it hangs. `content` is what the code encodes, `picture` the address of the image."""

    ticket: str
    content: str
    picture: str


def menu_json(buttons: Sequence[Button]) -> dict[str, Any]:
    """The whole menu."""
    return {"button": [_button(button) for button in buttons]}


def scene_wish(scene: str, lasts: timedelta | None) -> dict[str, Any]:
    """The wish for a code that never ends, or one that ends. WeChat's own default would be 60 seconds."""
    action = {"action_info": {"scene": {"scene_str": scene}}}
    if lasts is None:
        return {"action_name": "QR_LIMIT_STR_SCENE", **action}
    return {"action_name": "QR_STR_SCENE", "expire_seconds": int(lasts.total_seconds()), **action}


def scene_code(found: dict[str, Any], pictures: URL) -> SceneCode:
    """The code in WeChat's answer."""
    ticket = str(found["ticket"])
    return SceneCode(ticket=ticket, content=str(found.get("url", "")), picture=str(pictures % {"ticket": ticket}))


def _button(button: Button) -> dict[str, Any]:
    if button.buttons:
        return {"name": button.name, "sub_button": [_button(each) for each in button.buttons]}
    said = {"key": button.key, "url": button.url}
    return {"name": button.name, "type": button.type, **{name: value for name, value in said.items() if value}}
