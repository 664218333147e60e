"""What an operator sets for a mailbox."""

import re
from dataclasses import dataclass

from dkim.crypto import UnparsableKeyError, parse_pem_private_key
from yarl import URL

from channels.config import setting

TLS_MODES = ("none", "starttls", "tls")

# A token takes 42 of the 64 characters that RFC 5321 §4.5.3.1.1 allows before the @, and its + takes one.
MAILBOX_LENGTH = 21
SECRET_LENGTH = 16
LONGEST_BACKFILL = 365  # days

_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class EmailConfig:
    """One mailbox: where mail arrives, and the server that takes ours over."""

    mailbox: str = setting("The address customers write to, such as service@example.com", example="service@example.com")
    smtp_host: str = setting("The server that sends our mail", example="smtp.example.com")
    thread_secret: str = setting(
        "Signs thread tokens; any 16 characters or more, never changed", secret=True, example="16 characters or more"
    )
    display_name: str = setting("The name customers see as the sender", default="")
    plus_addresses: str = setting(
        "Whether mail to service+anything@example.com reaches service@example.com: yes or no", default="yes"
    )
    smtp_port: str = setting("The port of that server: 25, 587 (starttls) or 465 (tls)", default="25")
    smtp_user: str = setting("The user name for that server; empty: no login", default="")
    smtp_password: str = setting("The password for that server", default="", secret=True)
    smtp_tls: str = setting("none, starttls or tls", default="none")
    bounce_address: str = setting(
        "Where undeliverable mail comes back to, with +detail; empty: to the mailbox itself", default=""
    )
    imap_host: str = setting("The server from which mail is fetched; empty: mail is brought to us", default="")
    imap_port: str = setting("The port of that server: 143 or 993 (tls)", default="993")
    imap_user: str = setting("The user name for that server", default="")
    imap_password: str = setting("The password for that server", default="", secret=True)
    imap_tls: str = setting("none, starttls or tls", default="tls")
    imap_folder: str = setting("The folder that is read", default="INBOX")
    imap_backfill: str = setting("How many days of older mail are read at first", default="0")
    public_url: str = setting(
        "The https address of this gateway, for unsubscribing with one click; empty: by mail only", default=""
    )
    dkim_domain: str = setting("The domain in whose name mail is signed (DKIM); empty: your server signs", default="")
    dkim_selector: str = setting("The selector under which the public key stands in the DNS", default="")
    dkim_key: str = setting("The private RSA key for that, as PEM", default="", secret=True)

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

    @property
    def signing_key(self) -> bytes:
        """The DKIM key with the line ends that dkimpy understands."""
        return "\n".join(self.dkim_key.strip().splitlines()).encode()

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        checks = self._mailbox_checks() | self._sending_checks() | self._fetching_checks() | self._signing_checks()
        return [problem for problem, found in checks.items() if found]

    def _mailbox_checks(self) -> dict[str, bool]:
        return {
            "mailbox: not an e-mail address": not _MAILBOX.fullmatch(self.mailbox),
            f"mailbox: at most {MAILBOX_LENGTH} characters before the @": _is_too_long(self.mailbox),
            f"thread_secret: at least {SECRET_LENGTH} characters": len(self.thread_secret) < SECRET_LENGTH,
            "display_name: must be one line": not self.display_name.isprintable(),
            "plus_addresses: yes or no": self.plus_addresses not in ("yes", "no"),
        }

    def _sending_checks(self) -> dict[str, bool]:
        bounces = self.bounce_address
        return {
            "smtp_host: a name or an address, without spaces": not _HOST.fullmatch(self.smtp_host),
            "smtp_port: a number from 1 to 65535": not _is_port(self.smtp_port),
            f"smtp_tls: one of {', '.join(TLS_MODES)}": self.smtp_tls not in TLS_MODES,
            "smtp_password: without smtp_user it is never used": bool(self.smtp_password and not self.smtp_user),
            "bounce_address: not an e-mail address": bool(bounces) and not _MAILBOX.fullmatch(bounces),
            f"bounce_address: at most {MAILBOX_LENGTH} characters before the @": _is_too_long(bounces),
            "public_url: an address that begins with https://": not _is_public(self.public_url),
        }

    def _fetching_checks(self) -> dict[str, bool]:
        return {
            "imap_host: a name or an address, without spaces": bool(self.imap_host)
            and not _HOST.fullmatch(self.imap_host),
            "imap_port: a number from 1 to 65535": not _is_port(self.imap_port),
            "imap_user: missing, nobody can read mail without a login": bool(self.imap_host and not self.imap_user),
            f"imap_tls: one of {', '.join(TLS_MODES)}": self.imap_tls not in TLS_MODES,
            "imap_folder: must be one line": not self.imap_folder or not self.imap_folder.isprintable(),
            f"imap_backfill: a number of days, at most {LONGEST_BACKFILL}": not _is_days(self.imap_backfill),
        }

    def _signing_checks(self) -> dict[str, bool]:
        together = (self.dkim_domain, self.dkim_selector, self.dkim_key)
        return {
            "dkim_domain: goes with dkim_selector and dkim_key, all three or none": any(together) and not all(together),
            "dkim_domain: not the name of a domain": not _is_name(self.dkim_domain),
            "dkim_selector: not a name in the DNS": not _is_name(self.dkim_selector),
            "dkim_key: not a private RSA key in PEM form": bool(self.dkim_key)
            and not _is_private_key(self.signing_key),
        }


def _is_too_long(mailbox: str) -> bool:
    return len(mailbox.rpartition("@")[0]) > MAILBOX_LENGTH


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536


def _is_days(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:6]) <= LONGEST_BACKFILL


def _is_name(text: str) -> bool:
    return not text or bool(_DOMAIN.fullmatch(text))


def _is_public(url: str) -> bool:
    """RFC 8058 §3.1 allows nothing but https."""
    try:
        return not url or (URL(url).scheme == "https" and bool(URL(url).host))
    except ValueError:
        return False


def _is_private_key(pem: bytes) -> bool:
    try:
        parse_pem_private_key(pem)
    except (UnparsableKeyError, ValueError, IndexError):
        return False
    return True
