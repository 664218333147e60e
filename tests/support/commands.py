"""The command line, as a person uses it: words in, text and an exit code out."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from huiliu.__main__ import main
from runtime.settings import Settings

ROOT = Path(__file__).parent.parent.parent

ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "wechat": {
        "app_id": "wx0123456789abcdef",
        "app_secret": "secret-of-the-app",
        "token": "secrettoken",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    },
    "wecom": {
        "corp_id": "ww0123456789abcdef",
        "secret": "secret-of-the-app",
        "token": "secrettoken",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "open_kfid": "wk0123456789abcdef",
    },
    "sms_aliyun": {
        "access_key_id": "LTAI0123456789",
        "access_key_secret": "secret-of-the-key",
        "sign_name": "汇流",
        "template_code": "SMS_100000001",
        "callback_secret": "secret&shared",
    },
    "sms_tencent": {
        "secret_id": "AKID0123456789",
        "secret_key": "secret-of-the-key",
        "sdk_app_id": "1400006666",
        "sign_name": "汇流",
        "template_id": "449739",
        "callback_secret": "secret&shared",
    },
    "sms_twilio": {"account_sid": f"AC{'0' * 32}", "auth_token": "secret-token", "from_number": "+14155552671"},
    "sms_smpp": {"host": "127.0.0.1", "system_id": "huiliu", "password": "secret"},
    "sms_cmpp": {
        "host": "127.0.0.1",
        "source_addr": "900001",
        "secret": "secret",
        "src_id": "10690001",
        "signature": "汇流",
        "signature_by": "us",
    },
    "email": {"mailbox": "service@example.com", "smtp_host": "127.0.0.1", "thread_secret": "secret-of-the-threads"},
    "webchat": {"site_secret": "secret-of-the-site", "visitor_secret": "secret-of-visitors"},
    "telegram": {"bot_token": f"1234567890:{'secret' * 6}"},
    "custom": {"url": "https://app.example/huiliu", "secret": "secret-of-the-connection"},
}
"""Settings that each kind of channel takes."""


class CommandLine:
    """`huiliu` with the settings of one installation."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    @property
    def settings(self) -> Settings:
        """What the commands are told."""
        return Settings.from_env(self.environment)

    def elsewhere(self, **changes: str) -> "CommandLine":
        """The same command line with other settings."""
        return CommandLine(self.environment | changes)

    def __call__(self, *words: str) -> Result:
        """Run a command to its end. A fault of ours raises, as its traceback would show it."""
        with _logs_as_they_were():
            result = CliRunner().invoke(main, words, env=self.environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def done(self, *words: str) -> str:
        """Run a command that must succeed, and return what it printed."""
        result = self(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: str) -> str:
        """Run a command that must fail with a sentence, and return that."""
        result = self(*words)
        assert result.exit_code != 0, result.output
        assert result.stderr.startswith(("Error: ", "Usage: ")), result.output
        return result.stderr

    def process(self, *words: str) -> list[str]:
        """The same command for a process of its own; it needs our environment and the root as its folder."""
        return [sys.executable, "-m", "huiliu", *words]


def add_account(huiliu: CommandLine, kind: str, **changes: str) -> str:
    """Add an account called 服务 and return what was printed."""
    settings = {**ACCOUNTS[kind], **changes}
    given = [word for key, value in settings.items() for word in ("-s", f"{key}={value}")]
    return huiliu.done("account", "add", kind, "--name", "服务", *given)


@contextmanager
def _logs_as_they_were() -> Iterator[None]:
    """Commands set up the logs of a process; this one has others to run."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
