"""Haste is counted for each key, and forgotten."""

from gateway.limits import FORGET_ABOVE, RateLimit


def test_allows_so_many_in_any_window() -> None:
    now = [0.0]
    limit = RateLimit(2, 60, lambda: now[0])
    allowed = []

    for now[0] in (0, 30, 59, 60, 61, 90, 91):
        allowed.append(limit.allows("a"))

    # 0 and 30 fill the window; 60 is free again because 0 left it, 90 because 30 did.
    assert allowed == [True, True, False, True, False, True, False]


def test_keys_do_not_share() -> None:
    limit = RateLimit(1, 60, lambda: 0.0)

    assert [limit.allows("a"), limit.allows("b"), limit.allows("a")] == [True, True, False]


def test_many_keys_are_forgotten_once_their_window_is_over() -> None:
    now = [0.0]
    limit = RateLimit(1, 60, lambda: now[0])
    for key in range(FORGET_ABOVE + 1):
        limit.allows(str(key))

    now[0] = 61
    limit.allows("a")

    assert len(limit._times) == 1
