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
class Album:
    """Several files that a channel sends as one message."""

    kind: ClassVar[str] = "album"
    files: tuple[Media, ...]


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


@dataclass(frozen=True)
class Template:
    """A text that is registered with the provider, and what fills it in.

    `name` is the provider's for it, `values` are name and text of each variable. `words` is what the customer reads:
    for our screens, and for channels that know no templates. `once` spends a consent the customer gave for one message.
    """

    kind: ClassVar[str] = "template"
    name: str
    words: str
    values: tuple[tuple[str, str], ...] = ()
    url: str = ""
    once: bool = False


@dataclass(frozen=True)
class Segment:
    """One short message of several that the phone puts together.

    `reference` (0 to 65535) and `total` are the same for all of them; `number` counts from 1.
    """

    kind: ClassVar[str] = "segment"
    text: str
    reference: int
    number: int
    total: int


Part = Text | Html | Media | Album | Location | Link | Menu | Choice | Template | Segment


def plain_text(parts: tuple[Part, ...]) -> str:
    """The words of a message, for lists, search and notifications."""
    return " ".join(filter(None, map(_words, parts)))


def _words(part: Part) -> str:
    match part:
        case Text() | Segment():
            return part.text
        case Template():
            return part.words
        case Media():
            return f"[{part.type}] {part.name}".rstrip()
        case Album():
            return plain_text(part.files)
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
