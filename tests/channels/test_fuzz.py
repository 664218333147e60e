"""Whatever comes in is read, or refused by one of the words for it. `make fuzz` tries the same for longer."""

from collections.abc import AsyncIterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.contract import Surroundings
from channels.registry import CHANNELS
from tests.fuzz.doors import door
from tests.fuzz.readers import READERS, WRITERS, functions_of_bytes
from tests.support.surroundings import open_surroundings


@pytest.fixture
async def around() -> AsyncIterator[Surroundings]:
    async with open_surroundings() as made:
        yield made


def test_every_function_that_is_given_bytes_is_tried_or_writes() -> None:
    assert set(functions_of_bytes()) == READERS.keys() | WRITERS
    assert not READERS.keys() & WRITERS


@pytest.mark.parametrize("kind", sorted(CHANNELS))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_no_wound_breaks_a_channel(kind: str, random: Random, around: Surroundings) -> None:
    door(kind, around).knock(random)


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=300))
def test_no_bytes_break_a_reader(name: str, raw: bytes) -> None:
    READERS[name].try_on(raw)
