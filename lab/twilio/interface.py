"""Twilio's API: who may call it, what it refuses, and what it takes over.

https://www.twilio.com/docs/messaging/api/message-resource, …/media-resource; codes of https://www.twilio.com/docs/api/errors
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import aiohttp
from aiohttp import web
from yarl import URL

from conversations.ids import new_id
from lab.books import Entry, Refused, Said
from lab.config import AccountConfig
from lab.media import MediaGone, sniff
from lab.misbehaviour import Answers, answer
from lab.twilio.callbacks import TwilioCallbacks
from lab.twilio.phone import START, STOP, sid
from lab.world import World

ACCOUNTS = "/twilio/2010-04-01/Accounts"
LONGEST = 1600
LARGEST = 5 * 1024 * 1024
MOST_FILES = 10

_E164 = re.compile(r"\+[1-9]\d{6,14}")


class TwilioRefuses(Exception):
    """Twilio says no: an HTTP status and a number."""

    def __init__(self, code: int, text: str, *, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


class Twilio:
    """The provider's servers."""

    def __init__(self, world: World, callbacks: TwilioCallbacks) -> None:
        self._world = world
        self._reports = callbacks.reports
        self._accounts = {account.settings["account_sid"]: account for account in world.config.of_kind("sms_twilio")}

    def routes(self) -> list[web.RouteDef]:
        """What it serves; files lie elsewhere, where nobody asks for credentials."""
        return [
            web.post(ACCOUNTS + "/{sid}/Messages.json", self._serve_messages),
            web.get(ACCOUNTS + "/{sid}.json", self._serve_account),
            web.get(ACCOUNTS + "/{sid}/Messages/{message}/Media/{medium}", self._serve_medium),
            web.get("/twiliocdn/{medium}", self._serve_file),
        ]

    async def _serve_messages(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self._world.manners["sms_twilio"], lambda: self._forgiving(request))

    async def _forgiving(self, request: web.Request) -> web.Response:
        try:
            return await self._send(request)
        except TwilioRefuses as refusal:
            self._world.books.write(
                Refused(at=self._world.clock(), where=request.path, code=str(refusal.code), text=str(refusal))
            )
            return _refused(refusal)

    async def _serve_account(self, request: web.Request) -> web.Response:
        try:
            account = self._authenticated(request)
        except TwilioRefuses as refusal:
            return _refused(refusal)
        return web.json_response({"sid": account.settings["account_sid"], "status": "active", "type": "Full"})

    async def _serve_medium(self, request: web.Request) -> web.Response:
        """Whoever has the credentials is sent on to the file."""
        try:
            account = self._authenticated(request)
            medium = self._world.media.find(request.match_info["medium"], account.id)
        except TwilioRefuses as refusal:
            return _refused(refusal)
        except MediaGone:
            return _refused(TwilioRefuses(20404, "The requested resource was not found", status=404))
        return web.Response(status=307, headers={"Location": f"/twiliocdn/{medium.id}"})

    async def _serve_file(self, request: web.Request) -> web.Response:
        try:
            medium = self._world.media.find(request.match_info["medium"])
        except MediaGone:
            return web.Response(status=403)
        return web.Response(body=self._world.media.content(medium), content_type=medium.mime)

    def _authenticated(self, request: web.Request) -> AccountConfig:
        account = self._accounts.get(request.match_info["sid"])
        if account is None:
            raise TwilioRefuses(20404, "The requested resource was not found", status=404)
        login = aiohttp.encode_basic_auth(account.settings["account_sid"], account.settings["auth_token"])
        if request.headers.get("Authorization") != login:
            raise TwilioRefuses(20003, "Authenticate", status=401)
        return account

    async def _send(self, request: web.Request) -> web.Response:
        account = self._authenticated(request)
        if self._world.manners["sms_twilio"].answers is Answers.BUSY:
            raise TwilioRefuses(20429, "Too Many Requests", status=429)
        fields = await request.post()
        form = {name: str(value) for name, value in fields.items()}
        _check_sender(account, form)
        self._check(account, form)
        media = await self._fetched(account, [str(each) for each in fields.getall("MediaUrl", [])])
        name, callback = sid("MM" if media else "SM"), form.get("StatusCallback", "")
        sms = self._reports.take(account, form["To"], form.get("Body", ""), name, callback, media[0] if media else "")
        for medium in media[1:]:
            self._world.books.write(replace(sms.heard, id=new_id(), text="", medium=medium))
        await self._reports.report([sms])
        return web.json_response(_message(account, form, sms.heard.key), status=201)

    def _check(self, account: AccountConfig, form: Mapping[str, str]) -> None:
        to, body, callback = form.get("To", ""), form.get("Body", ""), form.get("StatusCallback", "")
        if not _E164.fullmatch(to):
            raise TwilioRefuses(21211, f"Invalid 'To' Phone Number: {to}")
        if not body and "MediaUrl" not in form:
            raise TwilioRefuses(21602, "Message body is required")
        if len(body) > LONGEST:
            raise TwilioRefuses(21617, "The concatenated message body exceeds the 1600 character limit")
        if callback and URL(callback).scheme not in ("http", "https"):
            raise TwilioRefuses(21609, "The 'StatusCallback' URL is not a valid URL")
        if self._has_left(account, to):
            raise TwilioRefuses(21610, "Attempt to send to unsubscribed recipient")

    async def _fetched(self, account: AccountConfig, urls: list[str]) -> list[str]:
        """Take files from where the product offers them. Twilio itself tells some of this later, in a status."""
        if len(urls) > MOST_FILES:
            raise TwilioRefuses(21623, "Number of media files exceeds allowed limit")
        files = [await self._file(url) for url in urls]
        if sum(len(file) for file in files) > LARGEST:
            raise TwilioRefuses(21617, "The message with its media exceeds 5 MB")
        return [self._world.media.keep(account.id, file).id for file in files]

    async def _file(self, url: str) -> bytes:
        found = await self._world.webhooks.fetch(url, LARGEST)
        if found is None:
            raise TwilioRefuses(21620, f"Invalid media URL: {url} cannot be fetched")
        if sniff(found.content) not in ("", found.mime):
            raise TwilioRefuses(12300, f"Invalid Content-Type: the file is no {found.mime}")
        return found.content

    def _has_left(self, account: AccountConfig, phone: str) -> bool:
        """The last word that counted was STOP."""
        customer = self._world.people.with_phone(phone).name
        words = [_word(entry) for entry in self._world.books if _is_by(entry, account, customer)]
        counted = [word for word in words if word in STOP | START]
        return bool(counted) and counted[-1] in STOP


def _is_by(entry: Entry, account: AccountConfig, customer: str) -> bool:
    return isinstance(entry, Said) and (entry.account, entry.customer) == (account.id, customer)


def _word(entry: Entry) -> str:
    return entry.text.strip().lower() if isinstance(entry, Said) else ""


def _check_sender(account: AccountConfig, form: Mapping[str, str]) -> None:
    number, service = form.get("From", ""), form.get("MessagingServiceSid", "")
    if not number and not service:
        raise TwilioRefuses(21603, "A 'From' phone number is required")
    if service and service != account.settings.get("messaging_service_sid"):
        raise TwilioRefuses(21701, "The Messaging Service does not exist")
    if number and number != account.settings.get("from_number"):
        raise TwilioRefuses(21606, "The 'From' phone number is not a valid message-capable number for this account")


def _message(account: AccountConfig, form: Mapping[str, str], name: str) -> Mapping[str, object]:
    return {
        "sid": name,
        "account_sid": account.settings["account_sid"],
        "status": "queued",
        "to": form["To"],
        "from": form.get("From"),
        "body": form.get("Body", ""),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "error_code": None,
        "error_message": None,
    }


def _refused(refusal: TwilioRefuses) -> web.Response:
    told = {
        "code": refusal.code,
        "message": str(refusal),
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    return web.json_response(told, status=refusal.status)
