"""`huiliu account`: the endpoints on which customers reach us."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import click

from channels.config import SettingInfo, describe
from channels.registry import CHANNELS
from conversations.account import Account
from conversations.clock import utc_now
from conversations.errors import SendError
from conversations.ids import AccountId, new_id
from desk.errors import NotFound
from huiliu.opening import OPERATOR, Opened, opened
from huiliu.screen import screen, show_table
from runtime.settings import Settings
from storage import accounts

setting_option = click.option(
    "-s",
    "--setting",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="One setting; KEY=@FILE reads the value from a file. May be given many times.",
)


@click.group()
def account() -> None:
    """Connect channels: an Official Account, an SMS sender, a mailbox, a site's chat.

    An ACCOUNT is named by its id or its name.
    """


@account.command("kinds")
def show_kinds() -> None:
    """List the kinds of channel and the settings of each."""
    for kind, channel in CHANNELS.items():
        screen().print(f"[bold]{kind}[/bold]  {channel.title}")
        show_table(("", "setting", "", "meaning"), (_setting_row(info) for info in describe(channel.Config)))
        screen().print()


@account.command("list")
@click.pass_obj
def show_list(settings: Settings) -> None:
    """List the accounts and how each is doing."""
    asyncio.run(_list(settings))


@account.command()
@click.argument("kind", type=click.Choice(list(CHANNELS)))
@click.option("--name", required=True, help="What agents call it.")
@setting_option
@click.pass_obj
def add(settings: Settings, kind: str, name: str, given: tuple[str, ...]) -> None:
    """Add an account. Secrets that are missing are asked for; `huiliu account kinds` lists the settings."""
    asyncio.run(_add(settings, kind, name, _with_secrets(kind, _read(given))))


@account.command("set")
@click.argument("which", metavar="ACCOUNT")
@click.option("--name", help="What agents call it from now on.")
@setting_option
@click.pass_obj
def change(settings: Settings, which: str, name: str | None, given: tuple[str, ...]) -> None:
    """Change an account's name or some of its settings; the others stay. A paused account sends again."""
    asyncio.run(_change(settings, which, name, _read(given)))


@account.command()
@click.argument("which", metavar="ACCOUNT")
@click.pass_obj
def check(settings: Settings, which: str) -> None:
    """Try an account's credentials with the provider. Nothing is sent to customers."""
    asyncio.run(_check(settings, which))


@account.command()
@click.argument("which", metavar="ACCOUNT")
@click.option("--reason", default="paused by an operator", show_default=True, help="What agents are told.")
@click.pass_obj
def pause(settings: Settings, which: str, reason: str) -> None:
    """Stop sending through an account until it is resumed. Receiving goes on, replies wait."""
    asyncio.run(_pause(settings, which, reason))


@account.command()
@click.argument("which", metavar="ACCOUNT")
@click.pass_obj
def resume(settings: Settings, which: str) -> None:
    """Let a paused account send again."""
    asyncio.run(_resume(settings, which))


async def _list(settings: Settings) -> None:
    async with opened(settings) as found:
        await found.accounts.load()
        usable = {each.account.id for each in found.accounts.listed()}
        listed = await found.database.read(accounts.listed, found.vault)
    titles = ("id", "kind", "name", "sending", "last good answer", "last error")
    show_table(titles, (_account_row(each, each.id in usable) for each in listed))


async def _add(settings: Settings, kind: str, name: str, values: Mapping[str, str]) -> None:
    made = Account(id=AccountId(new_id()), kind=kind, name=name, settings=values)
    async with opened(settings) as found:
        found.accounts.make(made)
        await found.database.write(accounts.add, found.vault, made, utc_now(), OPERATOR)
    screen().print(f"Added {name} with the id {made.id}.")
    screen().print(connection(settings, made), markup=False)


async def _change(settings: Settings, which: str, name: str | None, values: Mapping[str, str]) -> None:
    async with opened(settings) as found:
        known = await find(found, which)
        new = replace(known, name=name or known.name, settings={**known.settings, **values})
        found.accounts.make(new)
        await found.database.write(
            accounts.set_settings, found.vault, new.id, new.name, new.settings, utc_now(), OPERATOR
        )
    click.echo(f"Changed {new.name}.")


async def _check(settings: Settings, which: str) -> None:
    async with opened(settings) as found:
        known = await find(found, which)
        problem = await try_out(found, known)
    if problem:
        raise click.ClickException(f"{known.name} does not work: {problem}")
    click.echo(f"{known.name} works.")


async def _pause(settings: Settings, which: str, reason: str) -> None:
    async with opened(settings) as found:
        known = await find(found, which)
        await found.database.write(accounts.pause, known.id, reason, utc_now(), OPERATOR)
    click.echo(f"{known.name} sends nothing until you resume it; replies wait.")


async def _resume(settings: Settings, which: str) -> None:
    async with opened(settings) as found:
        known = await find(found, which)
        await found.database.write(accounts.resume, known.id, utc_now(), OPERATOR)
    click.echo(f"{known.name} sends again.")


async def try_out(found: Opened, account: Account) -> str:
    """Try the credentials and write down how it went. Returns what is wrong, or nothing. Raises `ConfigInvalid`."""
    try:
        await found.accounts.make(account).check()
    except SendError as error:
        await found.database.write(accounts.note_error, account.id, str(error), utc_now())
        return str(error)
    await found.database.write(accounts.note_ok, account.id, utc_now())
    return ""


def connection(settings: Settings, account: Account) -> str:
    """What has to be told to the other side so that its messages come in."""
    callback = f"{settings.public_url}/webhooks/{account.id}"
    secret = quote(account.settings.get("callback_secret", ""), safe="")
    widget = f'<script src="{settings.public_url}/webchat/widget.js" data-account="{account.id}" async></script>'
    return {
        "wechat": f"Address for WeChat's 服务器配置: {callback}",
        "wecom": f"Address for the app's 接收消息: {callback}",
        "sms_aliyun": f"Address for Aliyun's SmsReport and SmsUp: {callback}?secret={secret}",
        "sms_tencent": f"Address for Tencent's status and reply callbacks: {callback}?secret={secret}",
        "sms_twilio": f"Address for Twilio's A MESSAGE COMES IN, and for the setting webhook_url: {callback}",
        "sms_smpp": "There is nothing to tell the carrier: Huiliu connects to it.",
        "sms_cmpp": "There is nothing to tell the carrier: Huiliu connects to it.",
        "email": f"Let your mail server pass the mailbox's mail on to {settings.smtp_host}:{settings.smtp_port}.",
        "telegram": f"Address for setWebhook, unless the account is polling: {callback}",
        "custom": f"Address to which your system posts: {callback}",
        "webchat": f"Line for the pages of the site: {widget}",
    }.get(account.kind, f"Callback address: {callback}")


async def find(found: Opened, which: str) -> Account:
    """The account with this id or name. Raises `NotFound`."""
    listed = await found.database.read(accounts.listed, found.vault)
    matching = [each for each in listed if which in (each.id, each.name)]
    if len(matching) != 1:
        raise NotFound(
            f"{len(matching)} accounts are called {which}: use the id, which `huiliu account list` shows."
            if matching
            else f"There is no account {which}; `huiliu account list` shows them all."
        )
    return matching[0]


def _read(given: Iterable[str]) -> dict[str, str]:
    return dict(map(_read_one, given))


def _read_one(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not of the form KEY=VALUE", param_hint="-s")
    if not value.startswith("@"):
        return key, value
    try:
        return key, Path(value[1:]).read_text().strip()
    except OSError as error:
        raise click.BadParameter(f"{value[1:]}: {error.strerror}", param_hint="-s") from error


def _with_secrets(kind: str, given: dict[str, str]) -> dict[str, str]:
    """Ask for required secrets, so that they need not stand in the shell's history."""
    if not sys.stdin.isatty():
        return given
    missing = [info for info in describe(CHANNELS[kind].Config) if info.required and info.secret]
    asked = {info.name: _ask(info) for info in missing if info.name not in given}
    return given | asked


def _ask(info: SettingInfo) -> str:
    answer: str = click.prompt(f"{info.name} ({info.help})", hide_input=True)
    return answer


def _setting_row(info: SettingInfo) -> tuple[str, str, str, str]:
    presence = "required" if info.required else f"default {info.default}" if info.default else "optional"
    return "", info.name, presence + (", secret" if info.secret else ""), info.help


def _account_row(account: Account, usable: bool) -> tuple[str, ...]:
    sending = f"paused: {account.paused}" if account.paused else "yes" if usable else "no, its settings are not usable"
    error = f"{_when(account.last_error_at)} {account.last_error}".strip()
    return account.id, account.kind, account.name, sending, _when(account.last_ok_at), error


def _when(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
