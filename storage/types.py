"""Column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from conversations import parts
from conversations.parts import Part

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment: microseconds since 1970 in UTC, so that both databases store and compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetimes only; a naive one raises TypeError."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Duration(TypeDecorator[timedelta]):
    """A length of time in microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """None stays NULL."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """None stays None."""
        return None if value is None else value * _MICROSECOND


class Json(TypeDecorator[Any]):
    """A JSON object kept as text; nothing queries inside it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """None stays NULL."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """None stays None."""
        return None if value is None else orjson.loads(value)


class Moments(TypeDecorator[Mapping[str, datetime]]):
    """A moment for each of some names, as JSON; nothing queries inside it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, datetime] | None, dialect: Dialect) -> str | None:
        """None stays NULL."""
        if value is None:
            return None
        return orjson.dumps({name: (at - _EPOCH) // _MICROSECOND for name, at in value.items()}).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Mapping[str, datetime] | None:
        """None stays None."""
        if value is None:
            return None
        return {name: _EPOCH + timedelta(microseconds=at) for name, at in orjson.loads(value).items()}


class Parts(TypeDecorator[tuple[Part, ...]]):
    """The parts of a message, each tagged with its kind."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Part, ...] | None, dialect: Dialect) -> str | None:
        """Bytes of media are never stored here: they must have a digest or a ref by now."""
        return None if value is None else orjson.dumps([part_to_dict(part) for part in value]).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[Part, ...] | None:
        """None stays None."""
        return None if value is None else tuple(map(part_from_dict, orjson.loads(value)))


def part_to_dict(part: Part) -> dict[str, object]:
    """A part as JSON: its fields and its `kind`."""
    fields: dict[str, object] = {"kind": part.kind, **vars(part)}
    fields.pop("content", None)
    if isinstance(part, parts.Album):
        fields["files"] = [part_to_dict(file) for file in part.files]
    if isinstance(part, parts.Menu):
        fields["options"] = [vars(option) for option in part.options]
    return fields


def part_from_dict(fields: Mapping[str, Any]) -> Part:
    """The part that `part_to_dict` wrote."""
    rest = {name: value for name, value in fields.items() if name != "kind"}
    return _READERS[fields["kind"]](rest)


def _media(fields: dict[str, Any]) -> Part:
    return parts.Media(**{**fields, "type": parts.MediaType(fields["type"])})


def _album(fields: dict[str, Any]) -> Part:
    files = map(part_from_dict, fields["files"])
    return parts.Album(tuple(file for file in files if isinstance(file, parts.Media)))


def _menu(fields: dict[str, Any]) -> Part:
    return parts.Menu(text=fields["text"], options=tuple(parts.Option(**each) for each in fields["options"]))


def _template(fields: dict[str, Any]) -> Part:
    return parts.Template(**{**fields, "values": tuple((name, text) for name, text in fields["values"])})


_READERS: dict[str, Callable[[dict[str, Any]], Part]] = {
    "text": lambda fields: parts.Text(**fields),
    "html": lambda fields: parts.Html(**fields),
    "media": _media,
    "album": _album,
    "location": lambda fields: parts.Location(**fields),
    "link": lambda fields: parts.Link(**fields),
    "menu": _menu,
    "template": _template,
    "segment": lambda fields: parts.Segment(**fields),
    "choice": lambda fields: parts.Choice(**fields),
}
