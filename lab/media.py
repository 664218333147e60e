"""Pictures that travel: kept for three days, as WeChat does, then gone."""

from datetime import timedelta
from pathlib import Path

from conversations.clock import Clock
from conversations.ids import new_id
from lab.books import Books, Medium

LIFETIME = timedelta(days=3)

SIGNATURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"BM": "image/bmp"}


class MediaGone(LookupError):
    """There is no such medium, or not any more."""


class MediaStore:
    """Bytes in a folder, their descriptions in the books."""

    def __init__(self, folder: Path, books: Books, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._books = books
        self._clock = clock
        self._known = {entry.id: entry for entry in books if isinstance(entry, Medium)}

    def keep(self, account: str, content: bytes) -> Medium:
        """Take a picture in."""
        medium = Medium(id=new_id(), at=self._clock(), account=account, mime=sniff(content))
        (self._folder / medium.id).write_bytes(content)
        self._known[medium.id] = medium
        self._books.write(medium)
        return medium

    def find(self, id: str, account: str = "") -> Medium:
        """What is known of a picture, for its own account if one is named; raises MediaGone."""
        medium = self._known.get(id)
        if medium is None or account not in ("", medium.account) or self._clock() - medium.at > LIFETIME:
            raise MediaGone(id)
        return medium

    def content(self, medium: Medium) -> bytes:
        """The bytes."""
        return (self._folder / medium.id).read_bytes()


def sniff(content: bytes) -> str:
    """The MIME type by the first bytes; empty for what is no picture."""
    return next((mime for start, mime in SIGNATURES.items() if content.startswith(start)), "")
