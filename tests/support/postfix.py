"""A real Postfix on loopback, with its own configuration and queue in a folder that goes away again.

It delivers mail for one domain by LMTP, and mail for another by SMTP to a server of the test. It can only be run by
root, as Postfix demands.
"""

import asyncio
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.certificate import make_certificate
from tests.support.eventually import soon
from tests.support.ports import free_port

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.huiliu.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {ours}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
relay_domains = {theirs}
transport_maps = inline:{{ {theirs}=smtp:[127.0.0.1]:{their_port} }}
recipient_delimiter = +
smtpd_recipient_restrictions = reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
queue_run_delay = 1s
minimal_backoff_time = 1s
delay_warning_time = 1s
"""

_MASTER = """
{port} inet n - n - - smtpd
{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


@dataclass(frozen=True)
class Postfix:
    """Takes mail at `port` (STARTTLS) and at `tls_port`; `log` is what it says of it."""

    port: int
    tls_port: int
    certificate: Path
    log: Path


@asynccontextmanager
async def running_postfix(*, ours: str, lmtp_port: int, theirs: str, their_port: int) -> AsyncIterator[Postfix]:
    """A server that hands mail for `ours` in at `lmtp_port`, and carries mail for `theirs` to `their_port`."""
    with tempfile.TemporaryDirectory(prefix="huiliu-") as name:
        folder = Path(name)
        made = _configure(folder, ours=ours, lmtp_port=lmtp_port, theirs=theirs, their_port=their_port)
        # The check makes the folders of the queue.
        subprocess.run([_program("postfix"), "-c", str(folder / "etc"), "check"], check=True)  # noqa: S603, ASYNC221
        process = subprocess.Popen(  # noqa: S603, ASYNC220 - Debian's own program, which forks at once
            [_program("master"), "-c", str(folder / "etc"), "-d"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await soon(lambda: _listens(made.port), "Postfix listens", 20)
            yield made
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 20)


def _configure(folder: Path, **values: str | int) -> Postfix:
    folder.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    certificate, key = make_certificate(folder)
    made = Postfix(free_port(), free_port(), certificate, folder / "log")
    main = _MAIN.format(folder=folder, certificate=certificate, key=key, **values)
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=made.port, tls_port=made.tls_port))
    return made


def _program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/lib/postfix/sbin")
    assert found, "Postfix is not installed: apt-get install postfix"
    return found


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
