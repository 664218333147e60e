"""The router's work on deadlines, done by a test at the time it wants."""

from datetime import timedelta

from routing.clocks.keeping import Known, keep
from routing.writing import LEASE
from storage import leases
from tests.support.builders import NOW, SetClock
from tests.support.gateway import Gateway


async def kept(gateway: Gateway, clock: SetClock, minutes: float) -> None:
    """Set the clock so many minutes after the beginning, and keep deadlines then."""
    clock.now = NOW + timedelta(minutes=minutes)
    write = gateway.services.database.write
    fence = await write(leases.acquire, LEASE, "test", clock.now, clock.now + timedelta(days=1))
    assert fence is not None
    await write(keep, Known(), fence, clock.now)
