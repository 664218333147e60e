"""Databases without any schema yet."""

import pytest


@pytest.fixture(params=["sqlite", "empty_postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """One of each kind, with nothing in it."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
