"""Set-up of accounts: what is connected, how it is doing, and a form made from each channel's own settings."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from channels.config import ConfigInvalid, SettingInfo, describe
from channels.registry import CHANNELS
from conversations.account import Account
from conversations.errors import SendError
from conversations.ids import AccountId, new_id
from conversations.people import Role
from desk.errors import NotFound
from gateway.auth import require, user_of
from gateway.console.pages import back_to, form_of, page
from gateway.keys import SERVICES
from runtime.services import Services
from storage import accounts

routes = web.RouteTableDef()


@routes.get("/setup/accounts")
@require(Role.ADMIN)
async def listed(request: web.Request) -> web.StreamResponse:
    """Every account with its health."""
    services = request.app[SERVICES]
    found = await services.database.read(accounts.listed, services.vault)
    usable = {each.account.id for each in services.accounts.listed()}
    return page(request, "accounts.html", {"accounts": found, "usable": usable, "kinds": CHANNELS})


@routes.get("/setup/accounts/new/{kind}")
@require(Role.ADMIN)
async def show_new(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    return _form(request, _new_account(_kind(request)), [])


@routes.post("/setup/accounts/new/{kind}")
@require(Role.ADMIN)
async def add(request: web.Request) -> web.StreamResponse:
    """Store a new account once its channel can be made of it."""
    services = request.app[SERVICES]
    account = _filled(_new_account(_kind(request)), await form_of(request))
    if problems := _problems(services, account):
        return _form(request, account, problems)
    await services.database.write(accounts.add, services.vault, account, services.clock(), user_of(request).id)
    await services.accounts.load()
    return back_to(f"/setup/accounts/{account.id}")


@routes.get("/setup/accounts/{id}")
@require(Role.ADMIN)
async def show(request: web.Request) -> web.StreamResponse:
    """One account: what to copy where, its health, its settings."""
    return _form(request, await _account(request), [])


@routes.post("/setup/accounts/{id}")
@require(Role.ADMIN)
async def save(request: web.Request) -> web.StreamResponse:
    """Replace an account's name and settings; a secret that is left empty stays what it was."""
    services = request.app[SERVICES]
    account = _filled(await _account(request), await form_of(request))
    if problems := _problems(services, account):
        return _form(request, account, problems)
    await services.database.write(
        accounts.set_settings,
        services.vault,
        account.id,
        account.name,
        account.settings,
        services.clock(),
        user_of(request).id,
    )
    await services.accounts.load()
    return back_to(f"/setup/accounts/{account.id}")


@routes.post("/setup/accounts/{id}/check")
@require(Role.ADMIN)
async def check(request: web.Request) -> web.StreamResponse:
    """Try the credentials now and write down how it went."""
    services = request.app[SERVICES]
    account = await _account(request)
    try:
        await services.accounts.make(account).check()
    except SendError as error:
        await services.database.write(accounts.note_error, account.id, str(error), services.clock())
    else:
        await services.database.write(accounts.note_ok, account.id, services.clock())
    return back_to(f"/setup/accounts/{account.id}")


@routes.post("/setup/accounts/{id}/resume")
@require(Role.ADMIN)
async def resume(request: web.Request) -> web.StreamResponse:
    """Let a paused account send again."""
    services = request.app[SERVICES]
    account = await _account(request)
    await services.database.write(accounts.resume, account.id, services.clock(), user_of(request).id)
    return back_to(f"/setup/accounts/{account.id}")


def _form(request: web.Request, account: Account, problems: list[str]) -> web.Response:
    services = request.app[SERVICES]
    settings, sender = services.settings, services.absence.sender(account.id)
    context = {
        "account": account,
        "channel": CHANNELS[account.kind],
        "fields": describe(CHANNELS[account.kind].Config),
        "problems": problems,
        "public_url": settings.public_url.rstrip("/"),
        "smtp": f"{settings.smtp_host}:{settings.smtp_port}",
        "mails_from": sender.account.name if sender else "",
        "is_new": "/new/" in request.path,
    }
    return page(request, "account.html", context, status=409 if problems else 200)


def _problems(services: Services, account: Account) -> list[str]:
    """What keeps this account from being stored, every reason at once."""
    problems = [] if account.name else ["name: missing"]
    try:
        services.accounts.make(account)
    except ConfigInvalid as error:
        problems += error.problems
    return problems


def _filled(account: Account, form: Mapping[str, str]) -> Account:
    fields = describe(CHANNELS[account.kind].Config)
    settings = {field.name: _value(field, form, account.settings) for field in fields}
    # A field that is left empty is not given: its default holds.
    given = {name: value for name, value in settings.items() if value}
    return replace(account, name=form.get("name", "").strip(), settings=given)


def _value(field: SettingInfo, form: Mapping[str, str], known: Mapping[str, str]) -> str:
    typed = form.get(f"setting-{field.name}", "").strip()
    return known.get(field.name, field.default) if field.secret and not typed else typed


def _new_account(kind: str) -> Account:
    defaults = {field.name: field.default for field in describe(CHANNELS[kind].Config)}
    return Account(id=AccountId(new_id()), kind=kind, name="", settings=defaults)


def _kind(request: web.Request) -> str:
    kind = request.match_info["kind"]
    if kind not in CHANNELS:
        raise NotFound
    return kind


async def _account(request: web.Request) -> Account:
    services = request.app[SERVICES]
    wanted = request.match_info["id"]
    for account in await services.database.read(accounts.listed, services.vault):
        if account.id == wanted and account.kind in CHANNELS:
            return account
    raise NotFound
