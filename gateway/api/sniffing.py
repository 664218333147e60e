"""What a file is, by its first bytes; its name and what the sender says of it prove nothing."""

from conversations.parts import MediaType

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
)

_TYPES = {"image": MediaType.IMAGE, "audio": MediaType.VOICE, "video": MediaType.VIDEO}

UNKNOWN = "application/octet-stream"


def sniff(content: bytes) -> str:
    """The MIME type of a file."""
    for offset, magic, mime in _MAGIC:
        if content.startswith(magic, offset):
            return mime
    return UNKNOWN


def media_type(mime: str) -> MediaType:
    """Which of the kinds that channels tell apart."""
    return _TYPES.get(mime.partition("/")[0], MediaType.FILE)


def is_shown(mime: str) -> bool:
    """Whether a browser may show it in place; everything else is only downloaded."""
    return mime in {known for _, _, known in _MAGIC} and mime.partition("/")[0] in _TYPES
