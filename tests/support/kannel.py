"""A real Kannel on loopback: bearerbox speaks SMPP to a message centre, smsbox speaks HTTP to us."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.eventually import eventually
from tests.support.ports import free_port

_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = admin
smsbox-port = {smsbox}
log-level = 1

group = smsc
smsc = smpp
smsc-id = lab
host = 127.0.0.1
port = {port}
transceiver-mode = true
smsc-username = {system_id}
smsc-password = {password}
system-type = ""
interface-version = 34
msg-id-type = 0x03
source-addr-ton = 1
source-addr-npi = 1
source-addr-autodetect = false
dest-addr-ton = 1
dest-addr-npi = 1
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-level = 1

group = sendsms-user
username = tester
password = tester
concatenation = true
max-messages = 10
omit-empty = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{url}/said?from=%p&text=%b&charset=%C"
"""


class Kannel:
    """What it was told, and a way to send through it."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self.receipts: list[dict[str, str]] = []
        self.said: list[dict[str, str]] = []
        self.url = ""
        self.sendsms = 0
        self._http = http

    def app(self) -> web.Application:
        """Where smsbox reports."""
        app = web.Application()
        app.router.add_get("/said", self._take_said)
        app.router.add_get("/receipt", self._take_receipt)
        return app

    async def send(self, phone: str, text: str, *, source: str) -> None:
        """Have it send a text, in the alphabet that it takes."""
        query = {
            "username": "tester",
            "password": "tester",
            "from": source,
            "to": phone,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if text.isascii() else "2",
            "dlr-mask": "31",
            "dlr-url": f"{self.url}/receipt?status=%d&id=%F",
        }
        async with self._http.get(f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms", params=query) as response:
            assert response.status == 202, await response.text()

    async def listens(self) -> bool:
        """Whether smsbox answers."""
        try:
            async with self._http.get(f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"):
                return True
        except aiohttp.ClientError:
            return False

    async def is_online(self, admin: int) -> bool:
        """Whether bearerbox is bound."""
        async with self._http.get(f"http://127.0.0.1:{admin}/status.txt?password=admin") as response:
            return "(online" in await response.text()

    async def _take_said(self, request: web.Request) -> web.Response:
        """The text is in the alphabet that it came in."""
        words = dict(parse_qsl(request.raw_path.partition("?")[2], encoding="latin-1", keep_blank_values=True))
        self.said.append({**words, "text": words["text"].encode("latin-1").decode(words["charset"])})
        return web.Response()

    async def _take_receipt(self, request: web.Request) -> web.Response:
        """8 and 16 are Kannel's own words, that the centre took it or not."""
        if request.query["status"] not in ("8", "16"):
            self.receipts.append(dict(request.query))
        return web.Response()


@asynccontextmanager
async def running_kannel(folder: Path, port: int, login: Mapping[str, str]) -> AsyncIterator[Kannel]:
    """Both boxes, bound to the message centre on this port, for the length of the `async with`."""
    async with AsyncExitStack() as stack:
        kannel = Kannel(await stack.enter_async_context(aiohttp.ClientSession()))
        server = await stack.enter_async_context(TestServer(kannel.app(), host="127.0.0.1"))
        admin, smsbox, kannel.sendsms = free_port(), free_port(), free_port()
        kannel.url = str(server.make_url("")).rstrip("/")
        configuration = folder / "kannel.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                admin=admin,
                smsbox=smsbox,
                port=port,
                system_id=login["system_id"],
                password=login["password"],
                sendsms=kannel.sendsms,
                url=kannel.url,
            )
        )
        await stack.enter_async_context(_box("bearerbox", configuration))
        await eventually(lambda: _answers(admin), "bearerbox listens", 20)
        await stack.enter_async_context(_box("smsbox", configuration))
        await eventually(kannel.listens, "smsbox listens", 20)
        await eventually(lambda: kannel.is_online(admin), "bearerbox is bound", 20)
        yield kannel


@asynccontextmanager
async def _box(name: str, configuration: Path) -> AsyncIterator[None]:
    found = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert found, f"Kannel's {name} is not installed: apt-get install kannel"
    with (configuration.parent / f"{name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(found, str(configuration), stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def _answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
