"""Requests that are almost genuine: JSON of a fixture in which one value is another one."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)

Path = tuple[Any, ...]


@st.composite
def mangled(draw: st.DrawFn, bodies: list[bytes]) -> bytes:
    """One of these bodies with one of its values replaced or left out."""
    value = json.loads(draw(st.sampled_from(bodies)))
    *way, last = draw(st.sampled_from(list(_paths(value))))
    changed = copy.deepcopy(value)
    place = changed
    for step in way:
        place = place[step]
    if draw(st.booleans()):
        place[last] = draw(JSON)
    else:
        del place[last]
    return json.dumps(changed).encode()


def _paths(value: Any, before: Path = ()) -> Iterator[Path]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for step, each in inner:
        yield (*before, step)
        yield from _paths(each, (*before, step))
