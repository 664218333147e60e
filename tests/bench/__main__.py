"""`make bench`: measures speed as ratios, prints them and writes build/bench.json.

Everything is real: the gateway as it is started, SQLite with `synchronous=FULL`, PostgreSQL with `fsync` and
`synchronous_commit` on, the embedded Redis, a load from another process. docs/performance.md tells the method.
"""

import tempfile
from pathlib import Path

import orjson
import uvloop
from rich.progress import Progress

from tests.bench.deciding import arriving, deciding
from tests.bench.figures import Figure, table
from tests.bench.idling import idling
from tests.bench.measuring import MEASUREMENTS, Bench
from tests.bench.stage import Stage
from tests.support.postgres import running_postgres

REPORT = Path("build/bench.json")


def main() -> None:
    """Measure, write the figures down, show them."""
    figures = uvloop.run(measured())
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    print(table(figures))  # noqa: T201  # this is what the command is for


async def measured() -> list[Figure]:
    """Every figure on both databases."""
    with tempfile.TemporaryDirectory(prefix="huiliu-bench-") as name, Progress(transient=True) as progress:
        folder = Path(name)
        figures = await _measured(progress, "SQLite", Stage(folder / "sqlite", "", 18800), "≥ 0.5")
        with running_postgres(folder / "server") as server:
            url = server.url(await server.create_database())
            figures += await _measured(progress, "PostgreSQL", Stage(folder / "postgresql", url, 18810), "≥ 0.4")
    return [*figures, await idling(), deciding(), arriving()]


async def _measured(progress: Progress, name: str, stage: Stage, aim: str) -> list[Figure]:
    bar = progress.add_task(f"measuring on {name}", total=MEASUREMENTS)
    return await Bench(name, stage, aim, lambda: progress.advance(bar)).measure()


if __name__ == "__main__":
    main()
