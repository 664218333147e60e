"""`python -m huiliu`: the command line."""

import os
from collections.abc import Coroutine
from typing import Any

import click
import uvloop

from huiliu import accounts, backup, doctor, plan, replay, simulate, staff, users, wechat
from huiliu.administrator import first_link
from huiliu.ground import require_free
from huiliu.opening import opened
from huiliu.sentences import Sentences
from runtime import logs
from runtime.settings import Settings


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Huiliu 汇流: customer messages from WeChat, SMS, e-mail and web chat in one inbox.

    Everything is set by HUILIU_* variables, listed in docs/reference/settings.md. To try it out, run `huiliu demo`.
    """
    context.obj = Settings.from_env(os.environ)
    logs.configure(context.obj)


for command in (
    accounts.account,
    users.user,
    doctor.doctor,
    backup.backup,
    backup.restore,
    replay.replay,
    simulate.simulate,
    plan.plan,
    staff.staff,
):
    main.add_command(command)

for command in (wechat.menu, wechat.code):
    accounts.account.add_command(command)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Run everything on this machine: gateway, worker, schedule, and Redis if none is set."""
    _run(_serve(settings))


@main.command()
@click.option("--all", "all_channels", is_flag=True, help="With an account on every channel, not only the first four.")
@click.pass_obj
def demo(settings: Settings, all_channels: bool) -> None:
    """Try Huiliu out: everything on this machine, with the lab beside it, where you play the customers."""
    from huiliu.demo import demo_environment, demo_settings

    chosen = demo_settings(settings, os.environ)
    # The worker and the schedule read their own settings.
    os.environ.update(demo_environment(os.environ))
    _run(_demo(chosen, all_channels))


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

    work(settings, _redis_of(settings))


@main.command()
@click.pass_obj
def schedule(settings: Settings) -> None:
    """Run the schedule, which tells the workers what is due. More than one may stand by."""
    from runtime.jobs import JobQueue
    from workers.schedule import keep_schedule

    keep_schedule(JobQueue(_redis_of(settings)))


async def _serve(settings: Settings) -> None:
    from huiliu import greeting
    from huiliu.serve import everything, stay

    async with opened(settings) as found:
        token = await first_link(found.database)
    await stay(everything(settings), lambda: greeting.serving(settings, token))


async def _demo(settings: Settings, all_channels: bool) -> None:
    from huiliu import greeting
    from huiliu.demo import demo, seed
    from huiliu.serve import stay

    # The lab is a child process: what keeps it from starting must be said here.
    for port in (settings.lab_port, settings.lab_smtp_port, settings.lab_smpp_port, settings.lab_cmpp_port):
        require_free(settings.host, port)
    addresses = await seed(settings, all_channels=all_channels)
    await stay(demo(settings), lambda: greeting.demonstrating(settings, addresses))


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
