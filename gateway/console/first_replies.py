"""The report of first replies: which share of them came in time, per channel and per queue."""

from collections.abc import Iterator
from datetime import timedelta

from aiohttp import web

from channels.registry import CHANNELS
from conversations.first_replies import FirstReplies
from conversations.people import Role
from desk.first_replies import Report
from gateway.auth import require, user_of
from gateway.console.pages import page
from gateway.console.sheets import sheet
from gateway.reports import first_replies_asked
from gateway.words import translate

HOME = "/reports/first-replies"

COLUMNS = ("per", "name", "in time", "late or missing", "open", "not needed", "percent in time", "promised minutes")

routes = web.RouteTableDef()


@routes.get(HOME)
@require(Role.AGENT)
async def show(request: web.Request) -> web.StreamResponse:
    """The days of the query, or the last week."""
    report = await first_replies_asked(request)
    context = {
        "report": report,
        "channels": [(_title(kind, user_of(request).language), each) for kind, each in report.channels.items()],
        "queues": [(report.names[queue_id], each) for queue_id, each in report.queues.items()],
        "percent": _percent,
        "minutes": _minutes,
    }
    return page(request, "first_replies.html", context)


@routes.get(HOME + ".csv")
@require(Role.AGENT)
async def export_csv(request: web.Request) -> web.StreamResponse:
    """The same figures as a file."""
    report = await first_replies_asked(request)
    return sheet(f"first-replies-{report.first}-{report.last}", [COLUMNS, *_lines(report, user_of(request).language)])


def _lines(report: Report, language: str) -> Iterator[tuple[object, ...]]:
    for kind, replies in report.channels.items():
        yield "channel", _title(kind, language), *_cells(replies)
    for queue_id, replies in report.queues.items():
        yield "queue", report.names[queue_id], *_cells(replies)
    yield "total", "", *_cells(report.total)


def _cells(replies: FirstReplies) -> tuple[object, ...]:
    figures = (replies.kept, replies.missed, replies.open, replies.dropped)
    return *figures, _percent(replies), ", ".join(_minutes(replies))


def _title(kind: str, language: str) -> str:
    return translate(language, CHANNELS[kind].title) if kind in CHANNELS else kind


def _percent(replies: FirstReplies) -> str:
    """Rounded down: a hundred is said of nothing but all."""
    if replies.share is None:
        return ""
    return f"{1000 * replies.kept // (replies.kept + replies.missed) / 10:.1f}"


def _minutes(replies: FirstReplies) -> list[str]:
    """Within how many minutes they were promised, the shortest time first."""
    return [f"{target / timedelta(minutes=1):g}" for target in sorted(replies.targets)]
