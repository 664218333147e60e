"""Small helpers that turn rows into frozen dataclasses."""

from typing import Any

from sqlalchemy import Row


def fields_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The columns of a row by name."""
    return dict(row._mapping)
