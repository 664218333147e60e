"""Where a number is in time, as far as it says so: better no zone than one that is hours off."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from desk.zones import zone_of_number


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+8613800000001", "Asia/Shanghai"),
        ("+85261234567", "Asia/Hong_Kong"),
        ("+14155550100", "America/Los_Angeles"),
        # A mobile of the United Kingdom; of its four zones none has another time.
        ("+447911123456", "Europe/London"),
        # Spain and the Canary Islands; all of Australia; all of North America.
        ("+34612345678", ""),
        ("+61412345678", ""),
        ("+18005550100", ""),
        # A number for stories, a number without its country, no number.
        ("+447700900000", ""),
        ("13800000001", ""),
        ("", ""),
    ],
)
def test_a_number_has_the_zone_of_its_country_if_that_has_one_time(number: str, zone: str) -> None:
    assert zone_of_number(number, datetime(2026, 11, 21, 4, 0, tzinfo=UTC)) == (ZoneInfo(zone) if zone else None)
