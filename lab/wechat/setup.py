"""What an account's operator sets up: the menu, and QR codes with a scene. All of it lives in memory.

https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu and
…/api/qrcode/qrcodes/api_createqrcode
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conversations.clock import Clock
from lab.wechat.refusals import WeChatRefuses

Json = dict[str, Any]

MAX_BUTTONS, MAX_UNDER_ONE = 3, 5
NAME_BYTES, NAME_BYTES_UNDER_ONE = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024

OPENS_PAGE = "view"
SENDS_KEY = frozenset(
    (
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    )
)

SCENE_CHARACTERS = 64
LONGEST = 2_592_000
SHORTEST_BY_DEFAULT = 60


class MenuBar:
    """The menus of all accounts."""

    def __init__(self) -> None:
        self._buttons: dict[str, list[Json]] = {}

    def create(self, account: str, asked: Json) -> None:
        """Replace an account's menu; raises WeChatRefuses."""
        bar = _list(asked.get("button"), MAX_BUTTONS, 40016)
        self._buttons[account] = [leaf for button in bar for leaf in _leaves(button)]

    def delete(self, account: str) -> None:
        """Take an account's menu away."""
        self._buttons.pop(account, None)

    def has(self, account: str, type: str, value: str) -> bool:
        """Whether a follower sees a button of this type, with this key or address."""
        field = "url" if type == OPENS_PAGE else "key"
        return any((each["type"], each.get(field)) == (type, value) for each in self._buttons.get(account, ()))


@dataclass(frozen=True)
class Code:
    """A QR code that hangs somewhere."""

    ticket: str
    until: datetime | None


class Codes:
    """The QR codes of all accounts, by their scene."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[tuple[str, str], Code] = {}

    def create(self, account: str, asked: Json) -> Json:
        """Make a code as WeChat does: without a wish it ends after 60 seconds. Raises WeChatRefuses."""
        scene = _scene(asked)
        seconds = _seconds(asked)
        until = None if seconds is None else self._clock() + timedelta(seconds=seconds)
        ticket = secrets.token_urlsafe(60) + "=="
        self._codes[account, scene] = Code(ticket, until)
        lasting = {} if seconds is None else {"expire_seconds": seconds}
        return {"ticket": ticket, **lasting, "url": f"http://weixin.qq.com/q/{ticket[:22]}"}

    def is_ticket(self, ticket: str) -> bool:
        """Whether somebody's code has this ticket."""
        return any(code.ticket == ticket for code in self._codes.values())

    def find(self, account: str, scene: str) -> Code | None:
        """The code with this scene, if it still works."""
        code = self._codes.get((account, scene))
        return code if code and (code.until is None or code.until > self._clock()) else None


def _leaves(button: Any) -> list[Json]:
    under = button.get("sub_button") if isinstance(button, Mapping) else None
    _check_name(button, NAME_BYTES)
    if not under:
        return [_checked(button)]
    for each in _list(under, MAX_UNDER_ONE, 40023):
        _check_name(each, NAME_BYTES_UNDER_ONE)
    return [_checked(each) for each in under]


def _checked(button: Json) -> Json:
    type = button.get("type")
    if type == OPENS_PAGE:
        _check_length(button.get("url"), URL_BYTES, 40020)
    elif type in SENDS_KEY:
        _check_length(button.get("key"), KEY_BYTES, 40019)
    else:
        raise WeChatRefuses(40017)
    return button


def _check_name(button: Any, longest: int) -> None:
    if not isinstance(button, Mapping):
        raise WeChatRefuses(47001)
    _check_length(button.get("name"), longest, 40018)


def _check_length(value: Any, longest: int, code: int) -> None:
    if not isinstance(value, str) or not 0 < len(value.encode()) <= longest:
        raise WeChatRefuses(code)


def _list(value: Any, longest: int, code: int) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= longest:
        raise WeChatRefuses(code)
    return value


def _scene(asked: Json) -> str:
    try:
        scene = asked["action_info"]["scene"]["scene_str"]
    except (KeyError, TypeError):
        raise WeChatRefuses(40053) from None
    if not isinstance(scene, str) or not 0 < len(scene) <= SCENE_CHARACTERS:
        raise WeChatRefuses(40053)
    return scene


def _seconds(asked: Json) -> int | None:
    """How long the code lasts; None for ever."""
    match asked.get("action_name"), asked.get("expire_seconds", SHORTEST_BY_DEFAULT):
        case "QR_LIMIT_STR_SCENE", _:
            return None
        case "QR_STR_SCENE", int(seconds) if 0 < seconds <= LONGEST:
            return seconds
        case _:
            raise WeChatRefuses(40053)
