"""`huiliu account`."""

from pathlib import Path

import pytest

from channels.config import describe
from channels.registry import CHANNELS
from tests.support.commands import ACCOUNTS, CommandLine, add_account
from tests.support.elsewhere import in_another_thread
from tests.support.mail_server import running_mail_server

TOLD = {
    "wechat": "/webhooks/{id}\n",
    "wecom": "/webhooks/{id}\n",
    "sms_aliyun": "/webhooks/{id}?secret=secret%26shared\n",
    "sms_tencent": "/webhooks/{id}?secret=secret%26shared\n",
    "sms_twilio": "/webhooks/{id}\n",
    "sms_smpp": "Huiliu connects to it.\n",
    "sms_cmpp": "Huiliu connects to it.\n",
    "email": "127.0.0.1:{mail}.\n",
    "webchat": '/webchat/widget.js" data-account="{id}" async></script>\n',
    "telegram": "/webhooks/{id}\n",
    "custom": "/webhooks/{id}\n",
}
"""What the other side has to be told, by kind."""


def id_in(printed: str) -> str:
    """The id of the account that was just added."""
    return printed.splitlines()[0].rpartition(" ")[2].rstrip(".")


def test_every_kind_of_channel_has_settings_here() -> None:
    assert ACCOUNTS.keys() == TOLD.keys() == CHANNELS.keys()


def test_kinds_names_every_setting_of_every_channel(on_sqlite: CommandLine) -> None:
    printed = on_sqlite.done("account", "kinds")
    for kind, channel in CHANNELS.items():
        assert kind in printed
        assert [info.name for info in describe(channel.Config) if info.help not in printed] == []


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_an_account_is_added_and_listed_without_its_secrets(huiliu: CommandLine, kind: str) -> None:
    printed = add_account(huiliu, kind)
    told = TOLD[kind].format(id=id_in(printed), mail=huiliu.settings.smtp_port)
    assert printed.endswith(told)
    row = huiliu.done("account", "list").splitlines()[1]
    assert row.split() == [id_in(printed), kind, "服务", "yes"]


def test_every_problem_is_said_at_once_and_nothing_is_stored(on_sqlite: CommandLine) -> None:
    said = on_sqlite.refused("account", "add", "wechat", "--name", "x", "-s", "app_id=wx1", "-s", "tokn=1")
    assert "tokn: unknown setting" in said
    assert "token: missing" in said
    assert "app_secret: missing" in said
    assert len(on_sqlite.done("account", "list").splitlines()) == 1


def test_a_secret_may_come_from_a_file(on_sqlite: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "too-short").write_text("short\n")
    said = on_sqlite.refused(
        *("account", "add", "email", "--name", "x", "-s", "mailbox=a@example.com", "-s", "smtp_host=127.0.0.1"),
        *("-s", f"thread_secret=@{tmp_path / 'too-short'}"),
    )
    assert "thread_secret: at least 16 characters" in said
    assert "missing: No such file" in on_sqlite.refused(
        "account", "add", "email", "--name", "x", "-s", f"thread_secret=@{tmp_path / 'missing'}"
    )


def test_set_changes_what_is_named_and_keeps_the_rest(on_sqlite: CommandLine) -> None:
    account = id_in(add_account(on_sqlite, "email"))
    assert "smtp_port: a number" in on_sqlite.refused("account", "set", account, "-s", "smtp_port=many")
    with in_another_thread(running_mail_server()) as server:
        on_sqlite.done("account", "set", "服务", "--name", "邮箱", "-s", f"smtp_port={server.port}")
        assert on_sqlite.done("account", "check", "邮箱") == "邮箱 works.\n"


def test_check_says_what_is_wrong_and_writes_it_down(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    account = id_in(add_account(on_sqlite, "email", smtp_port=str(unused_tcp_port)))
    said = on_sqlite.refused("account", "check", account)
    assert said.startswith("Error: 服务 does not work: ")
    assert str(unused_tcp_port) in on_sqlite.done("account", "list")


def test_pausing_is_shown_until_it_is_resumed(huiliu: CommandLine) -> None:
    add_account(huiliu, "webchat")
    huiliu.done("account", "pause", "服务", "--reason", "系统升级")
    assert "paused: 系统升级" in huiliu.done("account", "list")
    huiliu.done("account", "resume", "服务")
    assert "paused: 系统升级" not in huiliu.done("account", "list")


def test_an_account_that_cannot_be_told_apart_is_not_touched(on_sqlite: CommandLine) -> None:
    assert "There is no account 服务" in on_sqlite.refused("account", "pause", "服务")
    add_account(on_sqlite, "webchat")
    add_account(on_sqlite, "webchat")
    assert "2 accounts are called 服务" in on_sqlite.refused("account", "pause", "服务")
