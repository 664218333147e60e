"""Small helpers that turn rows into frozen dataclasses."""

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Row

T = TypeVar("T")


def fields_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The columns of a row by name."""
    return dict(row._mapping)


def padded(values: Iterable[T]) -> list[T]:
    """The distinct values, the last repeated up to a power of two.

    Lists of few different lengths make few different statements, which the databases keep prepared.
    """
    distinct = list(dict.fromkeys(values))
    if not distinct:
        return distinct
    size = 1 << (len(distinct) - 1).bit_length()
    return distinct + [distinct[-1]] * (size - len(distinct))
