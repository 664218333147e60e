"""What operators set up at WeChat itself: the menu under the conversation, and codes that say where they hang."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import orjson

from channels.wechat.api import WeChatApi
from channels.wechat.channel import WeChatChannel
from channels.wechat.menu import Button
from conversations.errors import SendError
from huiliu.accounts import find
from huiliu.opening import opened
from huiliu.screen import screen
from runtime.settings import Settings

LONGEST_SCENE = 64
LONGEST_DAYS = 30

FIELDS = frozenset(("name", "type", "key", "url"))


@click.command("wechat-menu")
@click.argument("which", metavar="ACCOUNT")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--remove", is_flag=True, help="Take the menu away.")
@click.pass_obj
def menu(settings: Settings, which: str, file: Path | None, remove: bool) -> None:
    """Publish the menu under a WeChat account's conversations, or take it away.

    FILE holds what WeChat documents under 自定义菜单: {"button": [{"name": "余额", "type": "click", "key": "BALANCE"},
    {"name": "服务", "sub_button": [{"name": "官网", "type": "view", "url": "https://bank.example"}]}]}. Phones show the
    new menu within a day.
    """
    if (file is None) is not remove:
        raise click.UsageError("Give either a FILE with the menu or --remove.")
    if file is None:
        asyncio.run(_remove(settings, which))
    else:
        asyncio.run(_publish(settings, which, read_menu(file.read_bytes())))


@click.command("wechat-code")
@click.argument("which", metavar="ACCOUNT")
@click.argument("scene")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=30, show_default=True, help="How long it works.")
@click.option("--permanent", is_flag=True, help="It works for ever. An account has 100,000 of these.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the picture, a JPEG, to this file."
)
@click.pass_obj
def code(settings: Settings, which: str, scene: str, days: int, permanent: bool, output: Path | None) -> None:
    """Make a QR code that opens a WeChat account and tells where it hangs.

    SCENE, such as branch:浦东, comes as the choice of each customer who scans the code.
    """
    if not 1 <= len(scene) <= LONGEST_SCENE:
        raise click.BadParameter(f"a scene has 1 to {LONGEST_SCENE} characters", param_hint="SCENE")
    asyncio.run(_make(settings, which, scene, None if permanent else timedelta(days=days), output))


def read_menu(content: bytes) -> tuple[Button, ...]:
    """The buttons in WeChat's own form. Raises `ClickException`."""
    try:
        return _buttons(orjson.loads(content)["button"])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise click.ClickException('The file is not of the form {"button": [{"name": …, "type": …}, …]}.') from None


def _buttons(found: Sequence[Mapping[str, Any]]) -> tuple[Button, ...]:
    return tuple(_button(each) for each in found)


def _button(found: Mapping[str, Any]) -> Button:
    below = _buttons(found.get("sub_button", ()))
    given = {name: str(value) for name, value in found.items() if name != "sub_button"}
    if unknown := sorted(given.keys() - FIELDS):
        raise click.ClickException(f"The button {given['name']} has what is not supported: {', '.join(unknown)}.")
    return Button(buttons=below, **given)


async def _publish(settings: Settings, which: str, buttons: Sequence[Button]) -> None:
    async with _api(settings, which) as api:
        await api.publish_menu(buttons)
    click.echo("Published. Phones show the menu within a day, or at once after following anew.")


async def _remove(settings: Settings, which: str) -> None:
    async with _api(settings, which) as api:
        await api.remove_menu()
    click.echo("The menu is taken away.")


async def _make(settings: Settings, which: str, scene: str, lasts: timedelta | None, output: Path | None) -> None:
    async with _api(settings, which) as api:
        made = await api.make_scene_code(scene, lasts)
        if output is not None:
            _write(output, await api.picture_of(made))
    screen().print(f"The code's picture: {made.picture}", markup=False)
    screen().print(f"What it encodes: {made.content}", markup=False)


def _write(output: Path, picture: bytes) -> None:
    try:
        output.write_bytes(picture)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from error


@asynccontextmanager
async def _api(settings: Settings, which: str) -> AsyncIterator[WeChatApi]:
    async with opened(settings) as found:
        account = await find(found, which)
        channel = found.accounts.make(account)
        if not isinstance(channel, WeChatChannel):
            raise click.ClickException(f"{account.name} is not an account of WeChat.")
        try:
            yield channel.api
        except SendError as error:
            raise click.ClickException(str(error)) from error
