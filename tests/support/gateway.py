"""A whole gateway on a real port: real services, a scripted provider, people who sign in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet

from channels.registry import CHANNELS
from conversations.account import Account
from conversations.clock import Clock, utc_now
from conversations.ids import AccountId, ConversationId, QueueId, UserId, new_id
from conversations.message import Direction
from conversations.people import AgentState, Role, User
from gateway.app import create_app
from runtime.loops import background
from runtime.services import Services, open_services
from runtime.settings import Settings
from storage import accounts, messages, people, queues
from tests.support.fake_channel import FakeProvider, fake_kind
from tests.support.ports import free_port
from tests.support.schema import prepared

PASSWORD = "correct horse battery"

SMS = AccountId("sms")


@dataclass
class Browser:
    """Somebody with cookies; `csrf` is theirs once they are signed in."""

    http: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, **options: Any) -> aiohttp.ClientResponse:
        """Load something."""
        return await self.http.get(path, allow_redirects=False, **options)

    async def post(self, path: str, content: object = None) -> aiohttp.ClientResponse:
        """Write to the API."""
        return await self.http.post(path, json=content or {}, headers={"X-CSRF": self.csrf})

    async def put(self, path: str, content: object) -> aiohttp.ClientResponse:
        """Set something by the API."""
        return await self.http.put(path, json=content, headers={"X-CSRF": self.csrf})

    async def upload(self, content: bytes, name: str) -> dict[str, Any]:
        """Hand over a file that must be taken."""
        response = await self.http.post(
            "/api/v1/files", params={"name": name}, data=content, headers={"X-CSRF": self.csrf}
        )
        assert response.status == 201, await response.text()
        return dict(await response.json())

    async def submit(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        """Send a form."""
        return await self.http.post(path, data={"csrf": self.csrf, **fields}, allow_redirects=False)

    async def json(self, path: str) -> Any:
        """Load something that must be there."""
        response = await self.get(path)
        assert response.status == 200, await response.text()
        return await response.json()

    async def signed_in(self, user: User, password: str = PASSWORD) -> Self:
        """This browser, with the person signed in."""
        response = await self.submit("/sign-in", login=user.login, password=password)
        assert response.status == 303, await response.text()
        self.csrf = (await self.json("/api/v1/me"))["csrf"]
        return self


@dataclass
class Gateway:
    """The running gateway, and what stands around it."""

    services: Services
    provider: FakeProvider
    url: str
    app: web.Application

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """Somebody who has not signed in."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, headers={"Accept-Language": "en"}) as http:
            yield Browser(http)

    @asynccontextmanager
    async def signed_in(self, user: User) -> AsyncIterator[Browser]:
        """Somebody who has."""
        async with self.browser() as browser:
            yield await browser.signed_in(user)

    async def add_user(self, login: str, role: Role = Role.AGENT, **changes: Any) -> User:
        """A person with the usual password."""
        user = a_person(login, role, **changes)
        token = await self.services.people.add(user, "test")
        signed_in = await self.services.people.accept(token)
        await self.services.people.change_password(user, "", PASSWORD)
        assert signed_in.user_id == user.id
        return user

    async def add_queue(self, name: str, *members: User) -> QueueId:
        """A queue with its members."""
        queue_id = await self.services.database.write(queues.add, name, utc_now(), "test")
        chosen = frozenset(user.id for user in members)
        await self.services.database.write(queues.set_members, queue_id, chosen, utc_now(), "test")
        return queue_id

    async def add_account(self, account_id: str = SMS, name: str = "短信", kind: str = "fake", **settings: str) -> None:
        """An account; the scripted provider's unless another kind is named."""
        account = Account(id=AccountId(account_id), kind=kind, name=name, settings=settings)
        services = self.services
        await services.database.write(accounts.add, services.vault, account, utc_now(), "test")
        await services.accounts.load()

    async def hear(
        self, text: str, number: str = "+8613800000001", account: str = SMS, **more: object
    ) -> ConversationId:
        """A customer writes, through the webhook; the id of their conversation."""
        key = new_id()
        async with aiohttp.ClientSession(self.url) as provider:
            body = {"key": key, "from": number, "text": text, **more}
            async with provider.post(f"/webhooks/{account}", json=body) as response:
                assert response.status == 200, await response.text()
        heard = await self.services.database.read(messages.by_key, AccountId(account), Direction.INBOUND, key)
        assert heard is not None
        return heard.conversation_id

    async def user(self, user: User) -> User:
        """A person as they are now."""
        found = await self.services.database.read(people.get, user.id)
        assert found is not None
        return found


def a_person(login: str, role: Role = Role.AGENT, **changes: Any) -> User:
    """Somebody who is not stored yet."""
    fields: dict[str, Any] = {
        "id": UserId(new_id()),
        "login": login,
        "name": login.title(),
        "role": role,
        "language": "en",
        "time_zone": "Asia/Shanghai",
        "capacity": 5,
        "state": AgentState.OFFLINE,
        "state_since": utc_now(),
    }
    return User(**(fields | changes))


def settings_for(folder: Path, port: int, database_url: str = "", **variables: str) -> Settings:
    """Settings of a gateway that keeps everything in one folder."""
    environment = {
        "HUILIU_DATA_DIR": str(folder),
        "HUILIU_DATABASE_URL": database_url,
        "HUILIU_PORT": str(port),
        "HUILIU_SECRET_KEY": Fernet.generate_key().decode(),
        **{f"HUILIU_{name.upper()}": value for name, value in variables.items()},
    }
    return Settings.from_env(environment)


@asynccontextmanager
async def open_gateway(
    folder: Path,
    redis_url: str,
    *,
    database_url: str = "",
    port: int = 0,
    clock: Clock = utc_now,
    delivers: bool = False,
    **variables: str,
) -> AsyncIterator[Gateway]:
    """A gateway whose accounts of the kind `fake` talk to a scripted provider; it sends only if it `delivers`."""
    provider = FakeProvider()
    port = port or free_port()
    settings = settings_for(folder, port, database_url, **variables)
    await prepared(settings.database_url)
    CHANNELS["fake"] = fake_kind(provider)
    try:
        async with open_services(settings, redis_url, clock) as services:
            app = create_app(services)
            async with (
                background(services.interactive.run) if delivers else nullcontext(),
                TestServer(app, host="127.0.0.1", port=port) as server,
            ):
                yield Gateway(services, provider, str(server.make_url("")), app)
    finally:
        del CHANNELS["fake"]
