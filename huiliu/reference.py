"""Reference pages that follow from the code: `python -m huiliu.reference cli`, and so for each of `PAGES`."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

import click
from aiohttp.web import RouteDef, RouteTableDef
from prometheus_client.metrics import MetricWrapperBase

from gateway import health, live, offered, unsubscribe, webhooks
from gateway.api import (
    abuse,
    actions,
    alerts,
    attachments,
    attendance,
    blocks,
    contacts,
    conversations,
    deputies,
    duties,
    emergency,
    escalations,
    faults,
    floor,
    handovers,
    help,
    merges,
    notices,
    offers,
    overflow,
    people,
    promises,
    recalls,
    reports,
    roster,
    rules,
    scripts,
    templates,
)
from gateway.webchat import files, pages, socket
from huiliu.__main__ import main
from huiliu.channel_page import channels_page
from runtime.metrics import Metrics

WIDTH = 100
"""Columns of the help texts on the page."""


ROUTES: Mapping[str, tuple[RouteTableDef, ...]] = {
    "For providers": (webhooks.routes, offered.routes),
    "For the inbox": (
        people.routes,
        conversations.routes,
        actions.routes,
        promises.routes,
        escalations.routes,
        faults.routes,
        alerts.routes,
        scripts.routes,
        templates.routes,
        attachments.routes,
        live.routes,
        contacts.routes,
        duties.routes,
        handovers.routes,
        help.routes,
        abuse.routes,
        offers.routes,
        blocks.routes,
        deputies.routes,
        notices.routes,
    ),
    "For the floor": (floor.routes, recalls.routes, merges.routes, emergency.routes),
    "For supervisors": (rules.routes, overflow.routes, roster.routes, attendance.routes, reports.routes),
    "For visitors of a site": (pages.routes, socket.routes, files.routes),
    "For readers of our mail": (unsubscribe.routes,),
    "For those who watch": (health.routes,),
}
"""Everything but the console's own pages, which are no interface."""


def cli_page() -> str:
    """docs/reference/cli.md."""
    top = click.Context(main, info_name="huiliu", terminal_width=WIDTH, **main.context_settings)
    commands = "\n".join(_sections(main, top))
    return f"""# Commands

`huiliu` stands for `.venv/bin/python -m huiliu`, run in the folder of the checkout. All commands read the same
[settings](settings.md). What goes wrong outside of the program is said in one sentence and ends with 1; wrong words
end with 2.

`make docs` writes this page from the commands themselves.

{commands}"""


def http_page() -> str:
    """docs/reference/http-api.md."""
    tables = "\n".join(f"## {title}\n\n{_route_table(routes)}" for title, routes in ROUTES.items())
    return f"""# HTTP

What a gateway answers to. The pages of the console are not listed: they are for people.

- JSON in and out, UTF-8. Times are ISO 8601 in UTC; ids are text.
- The inbox signs in by the session cookie, as on the page `/sign-in`; each writing request also carries the header
  `X-CSRF` with the token that `/api/v1/me` shows. What a person may not see does not exist for them: 404.
- Errors under `/api/` are problem details (RFC 9457), with a sentence for people in `detail`: 400 not understood, 401
  sign in, 403 not allowed, 404 not there, 409 makes no sense now, 413 too large,
  422 with all `problems`, 503 the database is away, try again.
- A reply or note has a `key` of 8 to 64 characters, made by the caller. The same key again says nothing twice and
  answers as the first time did.
- Lists have 50 rows; `next` of one page is `before` of the next one. `view` is `mine`, `unassigned`, `open` or
  `resolved`.
- Every answer with state has a `cursor`. `/api/v1/live?cursor=…` is a WebSocket that sends what changed since, as it
  is now: `conversations`, `messages`, `events`, `counts`, `removed` (left the person's sight), `persons` (load anew),
  `me`, and the next `cursor`. `{{"reset": true}}` says: load the lists anew, and go on from its cursor. Close code
  4401: sign in again. A screen that sends the id of the conversation it shows is told `{{"writing": id}}` while its
  customer writes; that is over after 6 seconds.
- Each answer has `X-Request-Id`, which stands in the log as `trace`. One that is sent with the request is kept.

`make docs` writes this page from the code.

{tables}
The protocol of the web chat's socket is in [channels/webchat](../../channels/webchat/README.md).
"""


def metrics_page() -> str:
    """docs/reference/metrics.md."""
    rows = "\n".join(_metric_row(each) for each in vars(Metrics()).values() if isinstance(each, MetricWrapperBase))
    return f"""# Metrics

Each gateway shows its figures at `/metrics` in the format of Prometheus. They are those of the process, so add them up
over gateways. Keep the page away from the public: let the reverse proxy refuse `/metrics`.

`make docs` writes this page from `runtime/metrics.py`.

| name | type | labels | meaning |
|---|---|---|---|
{rows}

`kind` is the kind of the account, `route` the pattern of the address, never the address itself.
"""


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"{'#' * (2 + context.command_path.count(' '))} {context.command_path}\n"
    yield f"```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from _sections(inner, click.Context(inner, info_name=name, parent=context, terminal_width=WIDTH))


def _route_table(tables: Iterable[RouteTableDef]) -> str:
    routes = (route for table in tables for route in table if isinstance(route, RouteDef))
    rows = "\n".join(f"| `{route.method} {_address(route)}` | {_intent(route.handler)} |" for route in routes)
    return f"| | |\n|---|---|\n{rows}\n"


def _address(route: RouteDef) -> str:
    """The pattern without the expressions that hold its parts to a form."""
    return re.sub(r"{(\w+):[^}]*}", r"{\1}", route.path)


def _intent(handler: object) -> str:
    return (handler.__doc__ or "").partition("\n")[0]


def _metric_row(collector: MetricWrapperBase) -> str:
    metric = next(iter(collector.describe()))
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    labels = ", ".join(f"`{label}`" for label in collector._labelnames)
    return f"| `{name}` | {metric.type} | {labels} | {metric.documentation} |"


PAGES: Mapping[str, Callable[[], str]] = {
    "channels": channels_page,
    "cli": cli_page,
    "http-api": http_page,
    "metrics": metrics_page,
}
"""The pages of docs/reference that this module writes, by name."""

if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]]())
