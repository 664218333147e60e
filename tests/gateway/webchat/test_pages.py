"""The widget's script, and the page to try it on."""

import gzip
from pathlib import Path

import pytest

from gateway.webchat import pages
from tests.support.webchat_site import Gateway, Site, running_gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_widget_is_one_small_script(gateway: Gateway) -> None:
    url = gateway.server.make_url("/webchat/widget.js")
    async with gateway.client.get(url, headers={"Accept-Encoding": "gzip"}, auto_decompress=False) as answer:
        packed = await answer.read()
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    assert len(packed) <= 15 * 1024
    assert gzip.decompress(packed) == pages.WIDGET
    assert b"__STYLE__" not in pages.WIDGET


async def test_browsers_without_gzip_get_it_too(gateway: Gateway) -> None:
    url = gateway.server.make_url("/webchat/widget.js")
    async with gateway.client.get(url, headers={"Accept-Encoding": "identity"}) as answer:
        assert await answer.read() == pages.WIDGET


@pytest.mark.parametrize(
    ("query", "present", "absent"),
    [
        ("", "汇流商城", "data-identity"),
        ("&customer=lilei", "data-signature", "Huiliu Store"),
        ("&language=en", "Huiliu Store", "汇流商城"),
    ],
)
async def test_the_demo_page(site: Site, query: str, present: str, absent: str) -> None:
    async with site.client.get(site.gateway.server.make_url(f"/webchat/demo?account={site.account}{query}")) as answer:
        page = await answer.text()

    assert present in page
    assert absent not in page


async def test_the_demo_needs_a_chat(gateway: Gateway) -> None:
    async with gateway.client.get(gateway.server.make_url("/webchat/demo?account=%3Cscript%3E")) as answer:
        assert answer.status == 404


async def test_outside_the_demo_there_is_none(tmp_path: Path, redis_url: str) -> None:
    async with running_gateway(tmp_path, redis_url) as plain:
        site = await plain.open_site()
        async with plain.client.get(plain.server.make_url(f"/webchat/demo?account={site.account}")) as answer:
            assert answer.status == 404
