"""`huiliu account wechat-menu` and `wechat-code`, against a provider that answers by script."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.support.commands import CommandLine, add_account
from tests.support.elsewhere import in_another_thread
from tests.support.provider import Provider, Scripted, running_provider, says

TOKEN = "/cgi-bin/stable_token"
MENU = "/cgi-bin/menu/create"
NO_MENU = "/cgi-bin/menu/delete"
CODE = "/cgi-bin/qrcode/create"
PICTURE = "/cgi-bin/showqrcode"
DONE = says({"errcode": 0, "errmsg": "ok"})

BUTTONS = {
    "button": [
        {"name": "余额", "type": "click", "key": "BALANCE"},
        {"name": "服务", "sub_button": [{"name": "官网", "type": "view", "url": "https://bank.example"}]},
    ]
}


@pytest.fixture
def provider(on_sqlite: CommandLine) -> Iterator[Provider]:
    """WeChat, with which an account called 服务 is connected."""
    with in_another_thread(running_provider()) as made:
        made.answers(TOKEN, says({"access_token": "token", "expires_in": 7200}))
        add_account(on_sqlite, "wechat", api_url=made.url)
        yield made


def test_a_menu_is_published_as_it_stands_in_the_file(
    on_sqlite: CommandLine, provider: Provider, tmp_path: Path
) -> None:
    provider.answers(MENU, DONE)
    (tmp_path / "menu.json").write_bytes(orjson.dumps(BUTTONS))
    assert "Published" in on_sqlite.done("account", "wechat-menu", "服务", str(tmp_path / "menu.json"))
    (request,) = provider.requests(MENU)
    assert request.json() == BUTTONS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("button:", "not of the form"),
        ("[]", "not of the form"),
        ('{"button": 1}', "not of the form"),
        ('{"button": ["余额"]}', "not of the form"),
        ('{"button": [{"type": "click"}]}', "not of the form"),
        (
            '{"button": [{"name": "小程序", "type": "miniprogram", "appid": "wx1"}]}',
            "小程序 has what is not supported: appid",
        ),
    ],
)
def test_what_is_no_menu_is_not_published(
    content: str, said: str, on_sqlite: CommandLine, provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / "menu.json").write_text(content)
    assert said in on_sqlite.refused("account", "wechat-menu", "服务", str(tmp_path / "menu.json"))
    assert provider.requests(MENU) == []


def test_what_wechat_refuses_is_said(on_sqlite: CommandLine, provider: Provider, tmp_path: Path) -> None:
    provider.answers(MENU, says({"errcode": 40018, "errmsg": "invalid button name size"}))
    (tmp_path / "menu.json").write_bytes(orjson.dumps(BUTTONS))
    said = on_sqlite.refused("account", "wechat-menu", "服务", str(tmp_path / "menu.json"))
    assert "invalid button name size" in said


def test_a_menu_is_taken_away(on_sqlite: CommandLine, provider: Provider) -> None:
    provider.answers(NO_MENU, DONE)
    assert "taken away" in on_sqlite.done("account", "wechat-menu", "服务", "--remove")
    assert len(provider.requests(NO_MENU)) == 1


def test_either_a_file_or_its_removal_is_wanted(on_sqlite: CommandLine, provider: Provider, tmp_path: Path) -> None:
    (tmp_path / "menu.json").write_bytes(orjson.dumps(BUTTONS))
    assert "either a FILE" in on_sqlite.refused("account", "wechat-menu", "服务")
    assert "either a FILE" in on_sqlite.refused(
        "account", "wechat-menu", "服务", str(tmp_path / "menu.json"), "--remove"
    )
    assert provider.received == []


@pytest.mark.parametrize(
    ("given", "wish"),
    [
        ((), {"action_name": "QR_STR_SCENE", "expire_seconds": 30 * 86400}),
        (("--days", "1"), {"action_name": "QR_STR_SCENE", "expire_seconds": 86400}),
        (("--permanent",), {"action_name": "QR_LIMIT_STR_SCENE"}),
    ],
)
def test_a_code_is_made_and_its_picture_named(
    given: tuple[str, ...], wish: dict[str, object], on_sqlite: CommandLine, provider: Provider
) -> None:
    provider.answers(CODE, says({"ticket": "gQH47w==", "url": "http://weixin.qq.com/q/kZgf"}))
    printed = on_sqlite.done("account", "wechat-code", "服务", "branch:浦东", *given)
    assert f"{provider.url}/cgi-bin/showqrcode?ticket=gQH47w" in printed
    assert "http://weixin.qq.com/q/kZgf" in printed
    (request,) = provider.requests(CODE)
    assert request.json() == {**wish, "action_info": {"scene": {"scene_str": "branch:浦东"}}}


def test_the_picture_of_a_code_is_written(on_sqlite: CommandLine, provider: Provider, tmp_path: Path) -> None:
    provider.answers(CODE, says({"ticket": "gQH47w==", "url": "http://weixin.qq.com/q/kZgf"}))
    provider.answers(PICTURE, Scripted(headers={"Content-Type": "image/jpg"}, body=b"\xff\xd8\xff picture"))
    output = tmp_path / "code.jpg"
    on_sqlite.done("account", "wechat-code", "服务", "door", "--output", str(output))
    assert output.read_bytes() == b"\xff\xd8\xff picture"
    (request,) = provider.requests(PICTURE)
    assert request.query == {"ticket": "gQH47w=="}
    assert "No such file" in on_sqlite.refused(
        "account", "wechat-code", "服务", "door", "--output", str(tmp_path / "nowhere" / "code.jpg")
    )


def test_a_code_without_its_picture_is_an_error(on_sqlite: CommandLine, provider: Provider, tmp_path: Path) -> None:
    provider.answers(CODE, says({"ticket": "gQH47w==", "url": "http://weixin.qq.com/q/kZgf"}))
    on_sqlite.refused("account", "wechat-code", "服务", "door", "--output", str(tmp_path / "code.jpg"))
    assert not (tmp_path / "code.jpg").exists()


def test_a_scene_that_wechat_would_refuse_is_not_asked_for(on_sqlite: CommandLine, provider: Provider) -> None:
    assert "1 to 64 characters" in on_sqlite.refused("account", "wechat-code", "服务", "x" * 65)
    assert "is not in the range" in on_sqlite.refused("account", "wechat-code", "服务", "x", "--days", "31")
    assert provider.received == []


def test_other_accounts_have_neither(on_sqlite: CommandLine) -> None:
    add_account(on_sqlite, "webchat")
    assert "服务 is not an account of WeChat." in on_sqlite.refused("account", "wechat-code", "服务", "x")
