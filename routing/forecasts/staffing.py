"""The smallest number of agents that is enough."""

from collections.abc import Callable


def smallest(is_enough: Callable[[int], bool], start: int) -> int:
    """The smallest number from 1 on that is enough, provided that more is enough too. It looks at `start` first."""
    enough = max(start, 1)
    too_few = 0
    while not is_enough(enough):
        too_few, enough = enough, enough * 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if is_enough(middle):
            enough = middle
        else:
            too_few = middle
    return enough
