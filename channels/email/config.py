"""What an operator sets for a mailbox."""

import re
from dataclasses import dataclass

from channels.config import setting

TLS_MODES = ("none", "starttls", "tls")

# The thread token takes 42 of the 64 characters that RFC 5321 §4.5.3.1.1 allows before the @, and its + takes one.
MAILBOX_LENGTH = 21
SECRET_LENGTH = 16

_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True)
class EmailConfig:
    """One mailbox: where mail arrives, and the server that takes ours over."""

    mailbox: str = setting("The address customers write to, such as service@example.com")
    smtp_host: str = setting("The server that sends our mail")
    thread_secret: str = setting("Signs thread tokens; any 16 characters or more, never changed", secret=True)
    display_name: str = setting("The name customers see as the sender", default="")
    smtp_port: str = setting("The port of that server: 25, 587 (starttls) or 465 (tls)", default="25")
    smtp_user: str = setting("The user name for that server; empty: no login", default="")
    smtp_password: str = setting("The password for that server", default="", secret=True)
    smtp_tls: str = setting("none, starttls or tls", default="none")

    @property
    def local_part(self) -> str:
        """What stands before the @ of the mailbox."""
        return self.mailbox.lower().rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands after the @ of the mailbox."""
        return self.mailbox.lower().rpartition("@")[2]

    @property
    def port(self) -> int:
        """The port as a number."""
        return int(self.smtp_port)

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        checks = {
            "mailbox: not an e-mail address": not _MAILBOX.fullmatch(self.mailbox),
            f"mailbox: at most {MAILBOX_LENGTH} characters before the @": len(self.local_part) > MAILBOX_LENGTH,
            "smtp_host: a name or an address, without spaces": not re.fullmatch(r"[A-Za-z0-9.:-]+", self.smtp_host),
            "smtp_port: a number from 1 to 65535": not _is_port(self.smtp_port),
            f"smtp_tls: one of {', '.join(TLS_MODES)}": self.smtp_tls not in TLS_MODES,
            "smtp_password: without smtp_user it is never used": bool(self.smtp_password and not self.smtp_user),
            f"thread_secret: at least {SECRET_LENGTH} characters": len(self.thread_secret) < SECRET_LENGTH,
            "display_name: must be one line": not self.display_name.isprintable(),
        }
        return [problem for problem, found in checks.items() if found]


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536
