"""The fields of CMPP's messages: how a value becomes bytes, and how many in which version."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol


class Malformed(Exception):
    """These bytes are no message of this version of CMPP, or a value does not fit into its field."""


class Version(IntEnum):
    """The versions, as CONNECT names them."""

    V20 = 0x20
    V30 = 0x30


class Form(Protocol):
    """How a value stands in a message."""

    def write(self, value: Any, version: Version) -> bytes:
        """The value's bytes. Raises `Malformed`."""

    def read(self, rest: bytes, version: Version) -> tuple[Any, bytes]:
        """The value at the beginning, and the bytes behind it. Raises `Malformed`."""


@dataclass(frozen=True)
class _Sizes:
    v20: int
    v30: int

    def of(self, version: Version) -> int:
        return self.v20 if version is Version.V20 else self.v30


class _Number(_Sizes):
    def write(self, value: int, version: Version) -> bytes:
        size = self.of(version)
        if size and not 0 <= value < 256**size:
            raise Malformed(f"{value} does not fit into {size} bytes")
        return value.to_bytes(size) if size else b""

    def read(self, rest: bytes, version: Version) -> tuple[int, bytes]:
        raw, rest = _cut(rest, self.of(version))
        return int.from_bytes(raw), rest


class _Text(_Sizes):
    def write(self, value: str, version: Version) -> bytes:
        return _padded(value, self.of(version))

    def read(self, rest: bytes, version: Version) -> tuple[str, bytes]:
        raw, rest = _cut(rest, self.of(version))
        return _unpadded(raw), rest


class _Octets(_Sizes):
    def write(self, value: bytes, version: Version) -> bytes:
        if len(value) != self.of(version):
            raise Malformed(f"{len(value)} bytes instead of {self.of(version)}")
        return value

    def read(self, rest: bytes, version: Version) -> tuple[bytes, bytes]:
        return _cut(rest, self.of(version))


class _Texts(_Sizes):
    def write(self, value: tuple[str, ...], version: Version) -> bytes:
        return _count(len(value)) + b"".join(_padded(each, self.of(version)) for each in value)

    def read(self, rest: bytes, version: Version) -> tuple[tuple[str, ...], bytes]:
        (count,), rest = _cut(rest, 1)
        raw, rest = _cut(rest, count * self.of(version))
        size = len(raw) // count if count else 1
        return tuple(_unpadded(raw[start : start + size]) for start in range(0, len(raw), size)), rest


class _Counted:
    def write(self, value: bytes, version: Version) -> bytes:
        return _count(len(value)) + value

    def read(self, rest: bytes, version: Version) -> tuple[bytes, bytes]:
        (count,), rest = _cut(rest, 1)
        return _cut(rest, count)


def number(v20: int, v30: int | None = None, *, default: int = 0) -> Any:
    """An unsigned integer of so many bytes in CMPP 2.0, and in 3.0 if they differ."""
    return field(default=default, metadata={"form": _Number(v20, v20 if v30 is None else v30)})


def text(v20: int, v30: int | None = None) -> Any:
    """ASCII, filled up with zeros; gateways leave other bytes there too, which are kept as Latin-1."""
    return field(default="", metadata={"form": _Text(v20, v20 if v30 is None else v30)})


def octets(size: int) -> Any:
    """Exactly so many bytes."""
    return field(default=bytes(size), metadata={"form": _Octets(size, size)})


def texts(v20: int, v30: int) -> Any:
    """Several texts of this size, after one byte with their count."""
    return field(default=(), metadata={"form": _Texts(v20, v30)})


def counted() -> Any:
    """Bytes, after one byte with their count."""
    return field(default=b"", metadata={"form": _Counted()})


def _cut(rest: bytes, size: int) -> tuple[bytes, bytes]:
    if len(rest) < size:
        raise Malformed(f"It ends {size - len(rest)} bytes early")
    return rest[:size], rest[size:]


def _count(count: int) -> bytes:
    if count > 255:
        raise Malformed(f"{count} is more than one byte can count")
    return count.to_bytes(1)


def _padded(text: str, size: int) -> bytes:
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raise Malformed(f"{text!r} has characters that CMPP has not") from None
    if len(raw) > size:
        raise Malformed(f"{text!r} has more than {size} bytes")
    return raw.ljust(size, b"\0")


def _unpadded(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("latin-1")
