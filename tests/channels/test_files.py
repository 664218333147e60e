"""Files on their way to a provider and back, whatever they are called."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from channels.files import file_form, file_of
from channels.http import Answer

NAMES = {
    "合同 2026.pdf": "合同 2026.pdf",
    'a"b.txt': "a_b.txt",
    "a\\b.txt": "a_b.txt",
    "a\r\nX-Evil: 1": "a__X-Evil: 1",
    "🧧.png": "🧧.png",
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_arrives_under_its_name(name: str) -> None:
    got: list[tuple[str, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        field = (await request.post())["media"]
        assert isinstance(field, web.FileField)
        got.append((field.filename, field.file.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    async with TestClient(TestServer(app)) as client, client.post("/", data=file_form("media", name, b"bytes")):
        assert got == [(NAMES[name], b"bytes")]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a.jpg"', "a.jpg"),
        ('attachment; filename="账单.pdf"', "账单.pdf"),
        ("attachment; filename*=utf-8''%E8%B4%A6.txt", "账.txt"),
        ("attachment", ""),
        ("", ""),
    ],
)
def test_a_file_has_the_name_that_the_provider_gives_it(disposition: str, name: str) -> None:
    file = file_of(Answer(200, {"content-type": "image/jpeg", "content-disposition": disposition}, b"bytes"))
    assert (file.content, file.mime, file.name) == (b"bytes", "image/jpeg", name)


HEADER = st.text(st.characters(blacklist_characters="\r\n\0")) | st.binary(max_size=40).map(
    lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"").decode("utf-8", "surrogateescape")
)


@given(HEADER, HEADER)
def test_any_headers_are_read(mime: str, rest: str) -> None:
    file = file_of(Answer(200, {"content-type": mime, "content-disposition": f"attachment; filename{rest}"}, b""))
    assert isinstance(file.name, str)
    assert file.name.encode() is not None
    assert file.mime.encode() is not None
