"""Where customers are in time: as their browser says, or else their telephone number."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers.timezone import time_zones_for_number

from conversations.address import address_value
from conversations.ids import ContactId
from storage import contacts
from storage.database import Connection


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of the IANA list with this name, which may come from anybody; None when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of_number(number: str, now: datetime) -> ZoneInfo | None:
    """The zone of a number in E.164 form; None where it may be in zones that have different times of day now."""
    try:
        names = time_zones_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return _common([zone_named(name) for name in names], now)


def zone_of_contact(connection: Connection, contact_id: ContactId, now: datetime) -> ZoneInfo | None:
    """The zone of somebody's numbers, if these agree."""
    known = [each["address"] for each in contacts.identities_of(connection, contact_id)]
    numbers = [address_value(each) for each in known if each.startswith("tel:")]
    return _common([zone_of_number(each, now) for each in numbers], now)


def _common(zones: list[ZoneInfo | None], now: datetime) -> ZoneInfo | None:
    """One of these zones, if it is the same time in all of them."""
    offsets = {zone and now.astimezone(zone).utcoffset() for zone in zones}
    return zones[-1] if len(offsets) == 1 else None
