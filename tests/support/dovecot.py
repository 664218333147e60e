"""A real Dovecot on loopback, with its own configuration and mailboxes in a folder that goes away again."""

import asyncio
import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

from tests.support.certificate import make_certificate
from tests.support.eventually import soon
from tests.support.ports import free_port

PASSWORD = "password-for-tests"

_CONFIGURATION = """
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
auth_mechanisms = plain login
disable_plaintext_auth = no
auth_failure_delay = 0
first_valid_uid = 1
default_internal_user = {keeper}
default_login_user = {keeper}
mail_location = maildir:~/mail
mail_max_userip_connections = 50
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home/%n allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
recipient_delimiter = +
imap_capability = {capabilities}
lmtp_save_to_detail_mailbox = no
"""


@dataclass(frozen=True)
class Dovecot:
    """Any name may log in with `PASSWORD`; mail for it may be handed in by LMTP."""

    folder: Path
    port: int
    tls_port: int
    lmtp_port: int
    certificate: Path

    def client(self, user: str) -> IMAPClient:
        """Somebody's mail program, logged in with the inbox open."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=10)
        client.login(user, PASSWORD)
        client.select_folder("INBOX")
        return client

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Lay mails into a folder, which is made if there is none."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for mail in mails:
                client.append(folder, mail)

    def seen(self, user: str) -> list[int]:
        """The UIDs in somebody's inbox that are marked as seen."""
        with self.client(user) as client:
            return sorted(client.search("SEEN"))

    def forget(self, user: str) -> None:
        """Give the inbox a new UIDVALIDITY, and its mails new UIDs, as a restored backup does."""
        for index in (self.folder / "home" / user / "mail").glob("dovecot.index*"):
            index.unlink()
        uids = self.folder / "home" / user / "mail" / "dovecot-uidlist"
        version, validity, _next, _guid = uids.read_text().splitlines()[0].split(" ", 3)
        uids.write_text(f"{version} V{int(validity[1:]) + 1} N1 G{'0' * 31}1\n")


@asynccontextmanager
async def running_dovecot(*, capabilities: str = "") -> AsyncIterator[Dovecot]:
    """A server for the length of the `async with`; `capabilities` are what it says it can, if it should say less."""
    with tempfile.TemporaryDirectory(prefix="huiliu-") as name:
        folder = Path(name)
        made = _configure(folder, capabilities)
        process = subprocess.Popen(  # noqa: S603, ASYNC220 - Debian's own program, which forks at once
            [_program(), "-F", "-c", str(folder / "dovecot.conf")], stdin=subprocess.DEVNULL
        )
        try:
            await soon(lambda: _listens(made.port), "Dovecot listens", 20)
            yield made
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)


def _configure(folder: Path, capabilities: str) -> Dovecot:
    root = os.getuid() == 0
    owner, group = ("nobody", "nogroup") if root else (str(os.getuid()), str(os.getgid()))
    folder.chmod(0o755)
    (folder / "home").mkdir(mode=0o777)
    (folder / "home").chmod(0o777)
    certificate, key = make_certificate(folder)
    made = Dovecot(folder, free_port(), free_port(), free_port(), certificate)
    text = _CONFIGURATION.format(
        folder=folder,
        keeper="dovecot" if root else getpass.getuser(),
        owner=owner,
        group=group,
        password=PASSWORD,
        certificate=certificate,
        key=key,
        port=made.port,
        tls_port=made.tls_port,
        lmtp_port=made.lmtp_port,
        capabilities=capabilities,
    )
    (folder / "dovecot.conf").write_text(text)
    return made


def _program() -> str:
    found = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert found, "Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd"
    return found


def _listens(port: int) -> bool:
    try:
        IMAPClient("127.0.0.1", port, ssl=False, timeout=5).shutdown()
    except OSError:
        return False
    return True
