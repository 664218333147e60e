"""`python -m lab --config lab.json`: start the lab and stay until told to stop."""

import asyncio
import signal
from pathlib import Path

import click

from lab.app import run_lab
from lab.config import LabConfig, read_config


@click.command()
@click.option(
    "--config",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The JSON file that names the accounts, their secrets and where the product listens; see lab/README.md.",
)
@click.option("--quiet", is_flag=True, help="Do not say where it is open: whoever started it does.")
def main(file: Path, quiet: bool) -> None:
    """Play the providers and the customers of Huiliu, on this machine only. Never meant for production."""
    asyncio.run(_stay(read_config(file), quiet=quiet))


async def _stay(config: LabConfig, *, quiet: bool) -> None:
    stopped = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stopped.set)
    async with run_lab(config):
        if not quiet:
            click.echo(f"The lab is open at {config.public_url}")
        await stopped.wait()


if __name__ == "__main__":
    main()
