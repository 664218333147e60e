"""The gateway: webhooks, web chat, console and API behind one door."""

from collections.abc import Mapping

from aiohttp import web

from gateway import health, live, offered, unsubscribe, webchat, webhooks, writing
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
    floor,
    handovers,
    help,
    merges,
    notices,
    offers,
    people,
    promises,
    recalls,
    reports,
    rules,
    scripts,
    templates,
)
from gateway.api import faults as api_faults
from gateway.api import overflow as overflow_api
from gateway.api import roster as roster_api
from gateway.bodies import MOST_FORM
from gateway.console import (
    abilities,
    accounts,
    announcements,
    assets,
    calendars,
    checklist,
    deadlines,
    faults,
    first_replies,
    handover_log,
    hours,
    live_pages,
    machines,
    overflow,
    policies,
    quarantine,
    queues,
    roster,
    roster_rules,
    setup,
    shifts,
    signin,
)
from gateway.console import alerts as alerts_page
from gateway.console import blocks as block_pages
from gateway.console import deputies as deputy_pages
from gateway.console import notices as notice_board
from gateway.console import people as people_pages
from gateway.headers import add_headers
from gateway.health import Check
from gateway.keys import SERVICES
from gateway.middleware import answer_errors, trace_request
from runtime.services import Services

_ROUTES = (
    webhooks.routes,
    offered.routes,
    unsubscribe.routes,
    health.routes,
    live.routes,
    people.routes,
    conversations.routes,
    actions.routes,
    handovers.routes,
    help.routes,
    abuse.routes,
    offers.routes,
    blocks.routes,
    deputies.routes,
    notices.routes,
    duties.routes,
    promises.routes,
    escalations.routes,
    api_faults.routes,
    attachments.routes,
    scripts.routes,
    alerts.routes,
    templates.routes,
    floor.routes,
    emergency.routes,
    merges.routes,
    overflow_api.routes,
    contacts.routes,
    rules.routes,
    signin.routes,
    setup.routes,
    live_pages.routes,
    hours.routes,
    alerts_page.routes,
    attendance.routes,
    reports.routes,
    roster.routes,
    roster_rules.routes,
    recalls.routes,
    checklist.routes,
    shifts.routes,
    roster_api.routes,
    handover_log.routes,
    notice_board.routes,
    block_pages.routes,
    deputy_pages.routes,
    accounts.routes,
    queues.routes,
    overflow.routes,
    announcements.routes,
    abilities.routes,
    deadlines.routes,
    policies.routes,
    calendars.routes,
    faults.routes,
    first_replies.routes,
    machines.routes,
    people_pages.routes,
    quarantine.routes,
)


def create_app(services: Services, checks: Mapping[str, Check] | None = None) -> web.Application:
    """Wire everything. `checks` are what else this process needs to be ready, such as its mail listener."""
    app = web.Application(middlewares=[trace_request, answer_errors, assets.keep], client_max_size=MOST_FORM)
    app[SERVICES] = services
    app[health.CHECKS] = {**health.own_checks(services), **(checks or {})}
    app[live.LIVE] = live.Live(services)
    app[writing.WRITING] = writing.Writing(services)
    for routes in _ROUTES:
        app.add_routes(routes)
    assets.add_routes(app)
    webchat.setup(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(live.say_goodbye)
    app.on_shutdown.append(writing.say_nothing_more)
    app.cleanup_ctx.append(live.running)
    return app
