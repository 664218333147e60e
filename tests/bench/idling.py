"""How long a customer waits beside an idle agent: the product as `huiliu demo` starts it, an agent with much room."""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from conversations.events import Event, EventKind
from storage import events
from storage.database import Database
from tests.bench.figures import Figure, compare
from tests.support.office import Office, opened
from tests.support.product import demo

CUSTOMERS = 500
A_SECOND = 20
RUNS = 5

PROMISED = 100.0
"""Milliseconds that nobody should wait longer."""

_MILLISECOND = timedelta(milliseconds=1)


async def idling() -> Figure:
    """The longest wait among each hundred of customers, from when their conversation is opened."""
    with tempfile.TemporaryDirectory(prefix="huiliu-bench-") as folder:
        product = demo(Path(folder))
        await product.start()
        try:
            async with opened(product) as office:
                waits = await _waits(office)
        finally:
            await product.stop()
    size = CUSTOMERS // RUNS
    return compare(
        f"longest wait beside an idle agent, {A_SECOND} customers a second",
        "ms",
        "promised",
        "≤ 1",
        [(max(waits[start : start + size]), PROMISED) for start in range(0, CUSTOMERS, size)],
    )


async def _waits(office: Office) -> list[float]:
    crowd = {"messages": CUSTOMERS, "customers": CUSTOMERS, "rate": A_SECOND}
    await office.lab.post("crowd", {"accounts": [office.lab.account("wechat")], **crowd})
    await office.is_quiet()
    database = Database(office.product.settings.database_url)
    try:
        waits = _milliseconds(await database.read(events.after, 0, 100 * CUSTOMERS))
    finally:
        await database.close()
    assert len(waits) == CUSTOMERS
    return waits


def _milliseconds(log: Sequence[Event]) -> list[float]:
    opened_at: dict[str | None, datetime] = {}
    waits: dict[str | None, float] = {}
    for event in log:
        if event.kind is EventKind.CONVERSATION_OPENED:
            opened_at[event.conversation_id] = event.at
        elif event.kind is EventKind.CONVERSATION_ASSIGNED:
            waits.setdefault(event.conversation_id, (event.at - opened_at[event.conversation_id]) / _MILLISECOND)
    return list(waits.values())
