"""`python -m huiliu`: the command line."""

import logging
import os
from collections.abc import Coroutine
from typing import Any

import click
import uvloop

from huiliu.children import follow_parent
from runtime import logs
from runtime.settings import Settings, SettingsInvalid

log = logging.getLogger("huiliu")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Huiliu 汇流: customer messages from WeChat, SMS, e-mail and web chat in one inbox.

    Everything is set by HUILIU_* variables, listed in docs/reference/settings.md. To try it out, run `huiliu demo`.
    """
    try:
        context.obj = Settings.from_env(os.environ)
    except SettingsInvalid as error:
        raise click.ClickException("These settings cannot be used:\n  " + "\n  ".join(error.problems)) from error
    logs.configure(context.obj)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Run everything on this machine: gateway, worker, schedule, and Redis if none is set."""
    from huiliu.serve import everything, stay

    _run(stay(everything(settings), lambda: click.echo(f"Huiliu is ready at {settings.public_url}")))


@main.command()
@click.pass_obj
def gateway(settings: Settings) -> None:
    """Run one gateway: webhooks, console, web chat, mail listener, router, interactive delivery."""
    from huiliu.gateway import gateway as open_gateway
    from huiliu.serve import stay

    greet = f"The gateway is ready at {settings.public_url}"
    _run(stay(open_gateway(settings, _redis_of(settings)), lambda: click.echo(greet)))


@main.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run one worker: surveys and everything else that is sent in bulk."""
    from workers.worker import work

    follow_parent()
    work(settings, _redis_of(settings))


@main.command()
@click.pass_obj
def schedule(settings: Settings) -> None:
    """Run the schedule, which tells the workers what is due. More than one may stand by."""
    from runtime.jobs import JobQueue
    from workers.schedule import keep_schedule

    follow_parent()
    keep_schedule(JobQueue(_redis_of(settings)))


def _run(work: Coroutine[Any, Any, None]) -> None:
    uvloop.run(work)


def _redis_of(settings: Settings) -> str:
    if not settings.redis_url:
        raise click.ClickException(
            "HUILIU_REDIS_URL is not set. Processes that run apart need a Redis they share;"
            " `huiliu serve` brings one of its own."
        )
    return settings.redis_url


if __name__ == "__main__":
    main(prog_name="huiliu")
