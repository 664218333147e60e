"""Files of visitors: whose they are is proved, and nobody else reads them."""

import asyncio
from typing import Any

import pytest
from yarl import URL

from conversations.parts import Media, MediaType
from tests.support.webchat_site import ORIGIN, Browser, Site

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def bearing(token: str, origin: str = ORIGIN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Origin": origin}


async def upload(site: Site, token: str, content: bytes, name: str = "收据.png") -> dict[str, Any]:
    headers = bearing(token)
    async with site.client.post(f"{site.url}/files", params={"name": name}, data=content, headers=headers) as answer:
        assert answer.status == 201
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        part: dict[str, Any] = await answer.json()
        return part


async def send(browser: Browser, *attachments: dict[str, Any]) -> str:
    await browser.say(kind="message", id="message-1", attachments=attachments)
    while True:
        frame = await browser.socket.receive_json()
        if frame["kind"] in ("committed", "refused"):
            return str(frame["kind"])


async def fetch(site: Site, token: str, digest: str) -> tuple[int, bytes]:
    async with site.client.get(f"{site.url}/files/{digest}", headers=bearing(token)) as answer:
        return answer.status, await answer.read()


async def test_a_picture_arrives_and_can_be_seen_again(site: Site) -> None:
    async with site.browser() as (browser, welcome):
        part = await upload(site, welcome["token"], PNG)
        assert await send(browser, part) == "committed"

        assert await fetch(site, welcome["token"], part["digest"]) == (200, PNG)
    (message,) = await site.said()
    assert message.parts == (
        Media(MediaType.IMAGE, name="收据.png", mime="image/png", size=len(PNG), digest=part["digest"]),
    )


async def test_a_file_is_what_its_bytes_say(site: Site) -> None:
    async with site.browser() as (_, welcome):
        part = await upload(site, welcome["token"], b"<svg onload=x()>", "harmless.png")

    assert (part["mime"], part["type"]) == ("application/octet-stream", "file")


@pytest.mark.parametrize(
    "change", [{"digest": "0" * 64}, {"mime": "text/html"}, {"size": 1}, {"proof": ""}, {"proof": "0" * 64}]
)
async def test_a_file_cannot_be_passed_off_as_another(site: Site, change: dict[str, Any]) -> None:
    async with site.browser() as (browser, welcome):
        part = await upload(site, welcome["token"], PNG)

        assert await send(browser, {**part, **change}) == "refused"


async def test_a_file_of_somebody_else_can_be_neither_sent_nor_read(site: Site) -> None:
    async with site.browser() as (owner, welcome):
        part = await upload(site, welcome["token"], PNG)
        await send(owner, part)
    async with site.browser() as (thief, other):
        assert await send(thief, part) == "refused"

        assert (await fetch(site, other["token"], part["digest"]))[0] == 404


async def test_a_file_of_the_agent_can_be_read(site: Site) -> None:
    digest = await site.services.files.save(b"%PDF-1.4")
    async with site.browser() as (browser, welcome):
        await browser.say(kind="message", id="message-1", text="hello")
        await browser.hear("committed")
        await site.reply(Media(MediaType.FILE, name="a.pdf", mime="application/pdf", size=8, digest=digest))

        assert await fetch(site, welcome["token"], digest) == (200, b"%PDF-1.4")


async def test_an_empty_file_is_refused(site: Site) -> None:
    async with site.browser() as (_, welcome):
        headers = bearing(welcome["token"])
    async with site.client.post(f"{site.url}/files", data=b"", headers=headers) as answer:
        assert answer.status == 400


async def test_a_file_too_large_is_refused_before_it_is_read(site: Site) -> None:
    async with site.browser() as (_, welcome):
        headers = {**bearing(welcome["token"]), "Content-Length": str(10 * 1024 * 1024 + 1), "Host": "x"}
    url = URL(site.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {url.path}/files HTTP/1.1\r\n{head}\r\n".encode())

    assert (await reader.readline()).split()[1] == b"413"
    writer.close()


@pytest.mark.parametrize(("token", "origin"), [("", ORIGIN), ("x.y", ORIGIN), (None, "https://evil.example")])
async def test_nobody_uploads_without_a_token_or_from_another_site(site: Site, token: str | None, origin: str) -> None:
    async with site.browser() as (_, welcome):
        headers = bearing(welcome["token"] if token is None else token, origin)
        async with site.client.post(f"{site.url}/files", data=PNG, headers=headers) as answer:
            assert answer.status == 403


async def test_a_browser_is_told_that_it_may_ask(site: Site) -> None:
    async with site.client.options(f"{site.url}/files", headers={"Origin": ORIGIN}) as answer:
        assert answer.status == 204
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
    async with site.client.options(f"{site.url}/files", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
