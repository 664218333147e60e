"""The jobs: ids in, a use case run. What they do is written where it belongs, below."""

from datetime import timedelta

from conversations.address import Address
from conversations.ids import InvitationId
from runtime.jobs import Job
from runtime.services import Services
from storage import alerts, conversations, people, robots
from workers.run import run

COUNTS_KEPT = timedelta(days=1)
"""Longer than any channel counts what no person wrote."""


ALERTS_KEPT = timedelta(days=30)
"""The events themselves stay: this is how far back the bell goes."""


def find_due_surveys() -> None:
    """Put a job for each survey that is due; this is also how lost jobs are found again."""
    run(_find_due_surveys)


def send_survey(invitation_id: str) -> None:
    """Ask one customer how it went, then deliver the question."""
    run(lambda services: _send_survey(services, InvitationId(invitation_id)))


def find_gone_visitors() -> None:
    """Put a job for each visitor of a web chat who is gone and has not seen an answer."""
    run(_find_gone_visitors)


def follow_visitor(address: str) -> None:
    """Send one visitor by mail what they have not seen."""
    run(lambda services: services.absence.follow(Address(address)))


def tell_who_waits() -> None:
    """Tell those who wait where they stand, when their time has come."""
    run(_tell_who_waits)


def deliver_bulk() -> None:
    """Empty the bulk lane of the outbox."""
    run(_deliver_bulk)


def sweep() -> None:
    """Take care of what was left behind: rows of lost workers, surveys, sessions, quiet matters."""
    run(_sweep)


async def _find_due_surveys(services: Services) -> None:
    for invitation_id in await services.surveys.due():
        await services.jobs.enqueue(Job.SEND_SURVEY, invitation_id)


async def _send_survey(services: Services, invitation_id: InvitationId) -> None:
    await services.surveys.send(invitation_id)
    await services.bulk.drain()


async def _find_gone_visitors(services: Services) -> None:
    for address in await services.absence.gone():
        await services.jobs.enqueue(Job.FOLLOW_VISITOR, address)


async def _tell_who_waits(services: Services) -> None:
    if ids := await services.announcements.due():
        await services.announcements.tell(ids)


async def _deliver_bulk(services: Services) -> None:
    await services.bulk.drain()


async def _sweep(services: Services) -> None:
    await services.bulk.sweep()
    await services.bulk.drain()
    await services.surveys.expire()
    await services.absence.forget()
    await services.database.write(robots.forget, services.clock() - COUNTS_KEPT)
    await services.database.write(people.forget_expired, services.clock())
    await services.database.write(alerts.forget, services.clock() - ALERTS_KEPT)
    await _close_quiet(services)


async def _close_quiet(services: Services) -> None:
    now, within = services.clock(), services.settings.reopen_within
    for conversation_id in await services.database.read(conversations.resolved_before, now - within):
        await services.database.write(conversations.close_quiet, conversation_id, now, within)
