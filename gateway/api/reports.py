"""Reports: figures of some days, counted when they are asked for."""

from aiohttp import web

from conversations.first_replies import FirstReplies
from conversations.people import Role
from gateway.api.codec import Json, json_response
from gateway.auth import require
from gateway.reports import first_replies_asked

routes = web.RouteTableDef()


@routes.get("/api/v1/reports/first-replies")
@require(Role.AGENT)
async def first_replies(request: web.Request) -> web.Response:
    """First replies promised from the day `first` to the day `last`, by default in the last week.

    `kept` came in time, `missed` did not, `open` are awaited, `dropped` were not expected any more before their time.
    `share` is what part was kept of kept and missed, from 0 to 1, or null; `targets` are seconds. A promise counts on
    the day, the channel and the queue where it was made. Agents get the figures of what they see in the inbox.
    """
    report = await first_replies_asked(request)
    return json_response(
        {
            "first": report.first,
            "last": report.last,
            "time_zone": report.zone.key,
            "total": _figures(report.total),
            "channels": [{"kind": kind, **_figures(replies)} for kind, replies in report.channels.items()],
            "queues": [
                {"id": queue_id, "name": report.names[queue_id], **_figures(replies)}
                for queue_id, replies in report.queues.items()
            ],
        }
    )


def _figures(replies: FirstReplies) -> Json:
    targets = sorted(each.total_seconds() for each in replies.targets)
    return {**vars(replies), "targets": targets, "share": replies.share}
