"""Parts: what a message is made of. A closed union; a channel downgrades by plan what it cannot carry."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar


class MediaType(StrEnum):
    """The kinds of file that channels tell apart."""

    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True)
class Text:
    """Words. `quoted` is what the sender repeated from earlier mail: kept, shown folded."""

    kind: ClassVar[str] = "text"
    text: str
    quoted: str = ""


@dataclass(frozen=True)
class Html:
    """The sender's formatted body, already sanitised; shown on demand beside the words of `Text`."""

    kind: ClassVar[str] = "html"
    html: str


@dataclass(frozen=True)
class Media:
    """A picture, a voice, a video or a file.

    `digest` (SHA-256, hexadecimal) names the stored bytes. Until they are stored a part holds either the bytes
    themselves in `content`, or the provider's `ref`, from which the channel fetches them.
    """

    kind: ClassVar[str] = "media"
    type: MediaType
    name: str = ""
    mime: str = ""
    size: int = 0
    digest: str = ""
    ref: str = ""
    content: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True)
class Location:
    """A place on earth, in degrees."""

    kind: ClassVar[str] = "location"
    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True)
class Link:
    """A page somebody pointed at."""

    kind: ClassVar[str] = "link"
    url: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class Option:
    """One line of a menu; `id` comes back when it is chosen."""

    id: str
    label: str


@dataclass(frozen=True)
class Menu:
    """A question with a few answers to tap; becomes numbered text where a channel has no buttons."""

    kind: ClassVar[str] = "menu"
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Choice:
    """A tap of the customer: on one of our menus, or on a button of the provider's."""

    kind: ClassVar[str] = "choice"
    id: str
    label: str = ""


Part = Text | Html | Media | Location | Link | Menu | Choice


def plain_text(parts: tuple[Part, ...]) -> str:
    """The words of a message, for lists, search and notifications."""
    return " ".join(filter(None, map(_words, parts)))


def _words(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Media():
            return f"[{part.type}] {part.name}".rstrip()
        case Location():
            return f"[location] {part.label}".rstrip()
        case Link():
            return part.title or part.url
        case Menu():
            return part.text
        case Choice():
            return part.label or part.id
        case Html():
            return ""
