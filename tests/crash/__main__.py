"""`make crash`: kill everything under load, then compare the lab's books with the database."""

import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

import click

from conversations.clock import utc_now
from tests.crash import report
from tests.crash.run import GROUNDS, Result, crash


@click.command()
@click.option("--minutes", default=2.0, show_default=True, help="Load and trouble on each database.")
@click.option("--seed", type=int, help="Of the trouble; another one each time when left out.")
@click.option("--database", "databases", multiple=True, type=click.Choice(list(GROUNDS)), help="Both when left out.")
@click.option("--write/--no-write", default=True, help="Write the table into docs/faults.md.")
def main(minutes: float, seed: int | None, databases: tuple[str, ...], write: bool) -> None:
    """Nothing may be lost, doubled outside `unknown`, out of order or over capacity. Ends with 1 otherwise."""
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    results = [_run(database, minutes, chosen) for database in databases or GROUNDS]
    click.echo(report.table(results))
    if write:
        report.write(results, f"`make crash` on {utc_now():%Y-%m-%d}, seed {chosen}.")
    sys.exit(any(result.differences for result in results))


def _run(database: str, minutes: float, seed: int) -> Result:
    folder = Path(tempfile.mkdtemp(prefix="huiliu-crash-"))
    click.echo(f"{database}: {minutes:g} minutes with seed {seed}; what is written goes to {folder}")
    result = asyncio.run(crash(database, minutes, seed, folder))
    for name, count in sorted(result.trouble.items()):
        click.echo(f"  {name}: {count}")
    click.echo(f"  {result.differences}")
    return result


if __name__ == "__main__":
    main()
