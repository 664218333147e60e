"""One connection to an IMAP server. Everything here blocks, and is called in a thread, one call after another."""

import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from channels.email.config import EmailConfig
from conversations.errors import Misconfigured, ProviderUnavailable

TIMEOUT = 30.0
"""Seconds for each answer; a line that is dead on the other side is noticed by this."""

_CHUNK = 500
_STUB_BYTES = 64 * 1024

# RFC 5530 §3: the login is right, the server cannot take it now.
_NOT_NOW = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG")


@dataclass(frozen=True)
class Found:
    """A mail in the folder, not fetched yet."""

    uid: int
    size: int
    arrived_at: datetime


class Session:
    """A folder that is open for reading and marking."""

    def __init__(self, client: IMAPClient, folder: str) -> None:
        self._client = client
        with _named("The mail folder cannot be opened", Misconfigured):
            selected = client.select_folder(folder)
        self.validity = int(selected[b"UIDVALIDITY"])
        self.next_uid = int(selected[b"UIDNEXT"])
        self.can_idle = bool(client.has_capability("IDLE"))

    @classmethod
    def open(cls, config: EmailConfig) -> Self:
        """Connect, log in, open the folder. Raises `Misconfigured` or `ProviderUnavailable`."""
        with _named("The IMAP server cannot be used", ProviderUnavailable):
            client = _connected(config)
        try:
            _log_in(client, config)
            return cls(client, config.imap_folder)
        except (Misconfigured, ProviderUnavailable):
            _cut(client)
            raise

    @property
    def descriptor(self) -> int:
        """The number of the socket, for waiting until it can be read."""
        return int(self._client.socket().fileno())

    def behind(self, uid: int) -> list[Found]:
        """The mails with higher UIDs, in order."""
        with _named("The mail server failed", ProviderUnavailable):
            # Servers may look for news after a search only; being asked for nothing, they look first.
            self._client.noop()
        # `n:*` names the last mail even where its UID is lower (RFC 3501 §6.4.8).
        return self._found([each for each in self._search(["UID", f"{uid + 1}:*"]) if each > uid])

    def since(self, day: date) -> list[Found]:
        """The mails that arrived on this day or later, by the server's calendar, in order."""
        return self._found(self._search(["SINCE", day]))

    def fetch(self, found: Found, largest: int) -> tuple[bytes, str]:
        """The bytes of a mail, and what is wrong with it; no bytes when it is gone.

        No more than `largest` bytes are ever asked for, whatever the server says about the size.
        """
        if found.size > largest:
            return self._part(found.uid, _STUB_BYTES), _too_large(found.size, largest)
        try:
            raw = self._part(found.uid, largest + 1)
        except _CannotFetch as error:
            return b"", str(error)
        return (raw[:_STUB_BYTES], _too_large(len(raw), largest)) if len(raw) > largest else (raw, "")

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Tell the server that these were taken over."""
        if uids:
            with _named("The mail server failed", ProviderUnavailable):
                self._client.add_flags(uids, [SEEN], silent=True)

    def start_idling(self) -> bool:
        """Ask to be told of news. Returns whether there are some already, which the descriptor no longer shows."""
        with _named("The mail server failed", ProviderUnavailable):
            self._client.idle()
            return self._is_told()

    def stop_idling(self) -> None:
        """Ask for silence, so that other things can be asked."""
        with _named("The mail server failed", ProviderUnavailable):
            self._client.idle_done()

    def close(self) -> None:
        """Say goodbye."""
        with suppress(IMAPClientError, OSError):
            self._client.logout()

    def cut(self) -> None:
        """Cut the line, even while another thread waits at it."""
        _cut(self._client)

    def _is_told(self) -> bool:
        """Whether words of the server were read off the line together with its consent, and wait in a buffer."""
        line = self._client.socket()
        line.setblocking(False)
        try:
            return bool(self._client._imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            line.settimeout(TIMEOUT)

    def _search(self, criteria: Sequence[object]) -> list[int]:
        with _named("The mail server failed", ProviderUnavailable):
            return sorted(self._client.search(criteria))

    def _found(self, uids: Sequence[int]) -> list[Found]:
        answers: dict[int, Any] = {}
        with _named("The mail server failed", ProviderUnavailable):
            for first in range(0, len(uids), _CHUNK):
                answers |= self._client.fetch(uids[first : first + _CHUNK], ["RFC822.SIZE", "INTERNALDATE"])
        return [
            Found(uid, answers[uid][b"RFC822.SIZE"], answers[uid][b"INTERNALDATE"]) for uid in uids if uid in answers
        ]

    def _part(self, uid: int, most: int) -> bytes:
        with _named("The mail server failed", ProviderUnavailable, no=_CannotFetch):
            answer = self._client.fetch([uid], [f"BODY.PEEK[]<0.{most}>"]).get(uid, {})
        return bytes(answer.get(b"BODY[]<0>") or b"")


class _CannotFetch(Exception):
    """The server does not hand out this one mail."""


def _too_large(size: int, largest: int) -> str:
    return f"This mail has {size} bytes, and no more than {largest} are read."


def _connected(config: EmailConfig) -> IMAPClient:
    wrapped = config.imap_tls == "tls"
    client = IMAPClient(config.imap_host, int(config.imap_port), ssl=wrapped, timeout=TIMEOUT)
    client.normalise_times = False
    if config.imap_tls == "starttls":
        client.starttls(ssl.create_default_context())
    return client


def _log_in(client: IMAPClient, config: EmailConfig) -> None:
    with _named("The IMAP server cannot be used", ProviderUnavailable, no=Misconfigured):
        client.login(config.imap_user, config.imap_password)
        # NetEase (163, 126) calls every login unsafe that does not say which program it is (RFC 2971).
        if client.has_capability("ID"):
            client.id_({"name": "huiliu"})


def _cut(client: IMAPClient) -> None:
    with suppress(OSError):
        client.socket().shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        client.shutdown()


Named = Callable[[str], Exception]


@contextmanager
def _named(what: str, broken: Named, *, no: Named | None = None) -> Iterator[None]:
    """Call trouble by the house's words: `broken` for a line that fails, `no` where the server refuses."""
    try:
        yield
    except ssl.SSLError as error:
        raise Misconfigured(f"The IMAP server's TLS cannot be trusted: {error}") from error
    except LoginError as error:
        raise login_error(str(error)) from error
    except (IMAPClientAbortError, OSError) as error:
        raise ProviderUnavailable(f"{what}: {error}") from error
    except IMAPClientError as error:
        raise (no or broken)(f"{what}: {error}") from error


def login_error(said: str) -> Misconfigured | ProviderUnavailable:
    if any(f"[{code}]" in said for code in _NOT_NOW):
        return ProviderUnavailable(f"The IMAP server takes no logins now: {said}")
    return Misconfigured(f"The IMAP server refuses the login: {said}")
