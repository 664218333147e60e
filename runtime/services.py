"""Services: everything a process works with, made in one place, opened and closed in pairs.

The only place that knows every implementation. Everybody else is given what they need.
"""

import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp

from channels.contract import Surroundings
from channels.http import PATIENCE
from channels.registry import CHANNELS
from conversations.clock import Clock, utc_now
from conversations.events import EventKind
from conversations.ids import AccountId, ConversationId
from conversations.message import Lane
from desk import levels, waits
from desk.announcements import Announcements
from desk.automatic import AutomaticReplies
from desk.blocking import Blocking
from desk.contacts import Contacts
from desk.cooling import Cooling
from desk.deputies import Deputies
from desk.emergency import EmergencySwitch
from desk.escalations import Escalations
from desk.faults import Faults
from desk.glances import Glance
from desk.handovers import Handovers
from desk.help import Help
from desk.levels import Levels
from desk.machines import Machines
from desk.merging import Merging
from desk.notices import Notices
from desk.offers import Offers
from desk.overflow import Overflow
from desk.people import People
from desk.presence import Presence
from desk.promises import Promises
from desk.replies import Desk
from desk.rules import Rules
from desk.supervision import Supervision
from desk.waits import Paces
from desk.wishes import Wishes
from desk.workforce import Workforce, workforce
from exchange.accounts import AccountBook
from exchange.arrivals import Heard
from exchange.delivery import Courier
from exchange.feed import Feed
from exchange.fetching import Fetcher
from exchange.intake import Intake
from exchange.listening import Listening
from exchange.passive import PassiveAnswers
from exchange.recording import FILES, Asides, Policy
from outreach.absence import Absence
from outreach.surveys import SurveyPolicy, Surveys
from runtime.bell import Bell
from runtime.jobs import JobQueue
from runtime.loops import background
from runtime.meters import Meters
from runtime.metrics import Metrics
from runtime.settings import Settings, load_secret_key
from runtime.tokens import SharedTokens
from storage import rules
from storage.database import Database, Transaction
from storage.files import Files
from storage.vault import Vault

log = logging.getLogger(__name__)

_ABOUT_SENDING = frozenset((EventKind.MESSAGE_SENT, EventKind.DELIVERY_CHANGED, EventKind.ACCOUNT_CHANGED))
"""After these something may have become due in the outbox."""


@dataclass(frozen=True)
class Acts:
    """What people do that needs the database and the clock alone."""

    contacts: Contacts
    rules: Rules
    escalations: Escalations
    supervision: Supervision
    merging: Merging
    emergency: EmergencySwitch
    handovers: Handovers
    help: Help
    cooling: Cooling
    deputies: Deputies
    offers: Offers
    blocking: Blocking
    notices: Notices
    presence: Presence
    overflow: Overflow


@dataclass(frozen=True)
class Services(Acts):
    """What a process works with."""

    settings: Settings
    clock: Clock
    holder: str
    database: Database
    vault: Vault
    files: Files
    accounts: AccountBook
    intake: Intake
    feed: Feed
    bell: Bell
    jobs: JobQueue
    desk: Desk
    automatic: AutomaticReplies
    promises: Promises
    faults: Faults
    machines: Machines
    people: People
    paces: Glance[Paces]
    levels: Glance[Levels]
    announcements: Announcements
    wishes: Wishes
    workforce: Workforce
    surveys: Surveys
    absence: Absence
    interactive: Courier
    bulk: Courier
    fetcher: Fetcher
    listening: Listening
    passive: PassiveAnswers
    metrics: Metrics


@contextlib.asynccontextmanager
async def open_services(settings: Settings, redis_url: str, clock: Clock = utc_now) -> AsyncIterator[Services]:
    """Open everything, and close it in the opposite order. The schema must be up to date."""
    async with contextlib.AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=PATIENCE))
        jobs = JobQueue(redis_url)
        stack.callback(jobs.close)
        bell = Bell(redis_url)
        stack.push_async_callback(bell.close)
        services = _assemble(settings, clock, database, http, jobs, bell)
        await services.accounts.load()
        await _load_words(services)
        await services.feed.start()
        for loop in (bell.run, services.feed.run, services.listening.run, lambda: _follow(services)):
            await stack.enter_async_context(background(loop))
        yield services


def _assemble(
    settings: Settings,
    clock: Clock,
    database: Database,
    http: aiohttp.ClientSession,
    jobs: JobQueue,
    bell: Bell,
) -> Services:
    holder = f"{socket.gethostname()}-{os.getpid()}"
    metrics = Metrics()
    meters = Meters(metrics)
    vault, files, accounts = _with_secrets(settings, clock, database, http)
    zone = ZoneInfo(settings.time_zone)
    surveys = Surveys(database, accounts, clock, _survey_policy(settings))
    automatic, paces = AutomaticReplies(accounts), Glance(database, clock, waits.look, waits.STAYS)
    wishes = Wishes(automatic, zone, settings.language)
    policy = Policy(settings.reopen_within, _one_by_one(surveys.take_answers, wishes.take), accounts.window)
    intake = Intake(database, files, accounts, clock, policy, meters)
    feed = Feed(database)
    _tell_each_other(database, feed, bell)
    acts = _acts(database, clock)
    return Services(
        **vars(acts),
        settings=settings,
        clock=clock,
        holder=holder,
        database=database,
        vault=vault,
        files=files,
        accounts=accounts,
        intake=intake,
        feed=feed,
        bell=bell,
        jobs=jobs,
        desk=Desk(database, accounts, clock, surveys.invite, acts.cooling.consider),
        automatic=automatic,
        faults=Faults(database, clock, automatic, settings.language, zone),
        machines=Machines(database, clock),
        promises=Promises(database, clock, automatic, settings.language, zone),
        people=People(database, clock, settings.session_lifetime),
        paces=paces,
        levels=Glance(database, clock, partial(levels.of_the_day, zone), levels.STAYS),
        announcements=Announcements(database, automatic, wishes, paces, clock, settings.language),
        wishes=wishes,
        workforce=workforce(database, clock, zone),
        surveys=surveys,
        absence=Absence(database, accounts, clock, settings.language),
        interactive=Courier(database, accounts, clock, Lane.INTERACTIVE, holder, meters),
        bulk=Courier(database, accounts, clock, Lane.BULK, holder, meters),
        fetcher=Fetcher(database, files, accounts, clock),
        listening=Listening(database, accounts, intake, clock, holder),
        passive=PassiveAnswers(database, feed, clock, holder),
        metrics=metrics,
    )


def _acts(database: Database, clock: Clock) -> Acts:
    return Acts(
        contacts=Contacts(database, clock),
        rules=Rules(database, clock),
        escalations=Escalations(database, clock),
        supervision=Supervision(database, clock),
        merging=Merging(database, clock),
        emergency=EmergencySwitch(database, clock),
        handovers=Handovers(database, clock),
        help=Help(database, clock),
        cooling=Cooling(database, clock),
        deputies=Deputies(database, clock),
        offers=Offers(database, clock),
        blocking=Blocking(database, clock),
        notices=Notices(database, clock),
        presence=Presence(database, clock),
        overflow=Overflow(database, clock),
    )


def _with_secrets(
    settings: Settings, clock: Clock, database: Database, http: aiohttp.ClientSession
) -> tuple[Vault, Files, AccountBook]:
    """What secrets are kept in, files, and the accounts that need both."""
    vault, files = Vault(load_secret_key(settings)), Files(settings.data_dir / "files")
    around = Surroundings(http=http, tokens=SharedTokens(database, vault), files=files, clock=clock)
    return vault, files, AccountBook(database, vault, around, CHANNELS)


def _tell_each_other(database: Database, feed: Feed, bell: Bell) -> None:
    """Commits of this process ring the bell of all, and the bell wakes the feed."""
    database.on_commit(feed.hear)
    database.on_commit(lambda events: bell.ring())
    bell.on_ring(feed.ring)


def _one_by_one(*takers: Asides) -> Asides:
    """What the first does not take is shown to the next."""

    def take(transaction: Transaction, heard: Sequence[Heard]) -> Mapping[tuple[AccountId, str], ConversationId]:
        taken: dict[tuple[AccountId, str], ConversationId] = {}
        for taker in takers:
            taken |= taker(transaction, [each for each in heard if each.mark not in taken])
        return taken

    return take


def _survey_policy(settings: Settings) -> SurveyPolicy:
    return SurveyPolicy(
        delay=settings.survey_delay,
        expires=settings.survey_expires,
        quiet=settings.quiet_hours.spans,
        zone=ZoneInfo(settings.time_zone),
        language=settings.language,
    )


async def _follow(services: Services) -> None:
    """Whatever process committed it: use changed accounts at once, and wake those who have something to do now."""
    async for events in services.feed.follow():
        services.metrics.event_lag.set((services.clock() - events[-1].at).total_seconds())
        kinds = {event.kind for event in events}
        if EventKind.ACCOUNT_CHANGED in kinds:
            await services.accounts.load()
        if EventKind.SETUP_CHANGED in kinds:
            await _load_words(services)
        services.listening.hear(events)
        if kinds & _ABOUT_SENDING:
            services.interactive.ring()
        if any(FILES in event.data for event in events):
            services.fetcher.ring()


async def _load_words(services: Services) -> None:
    """Customers' words are looked for as they are edited with the rules."""
    book = await services.database.read(rules.current)
    services.wishes.learn(book)
    services.cooling.learn(book)
