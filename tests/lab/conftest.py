"""A lab beside a product that listens on HTTP and SMTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiosmtpd.smtp import SMTP

from lab.app import make_app, open_lab
from tests.lab.product import Lab, MovableClock, Product, lab_config
from tests.support.ports import free_port


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    product, clock = Product(), MovableClock()
    app = web.Application()
    app.router.add_post("/webhooks/{account}", product.take)
    mail_port, inbox_port = free_port(), free_port()
    listener = await asyncio.get_running_loop().create_server(
        lambda: SMTP(product, hostname="gateway.example"), host="127.0.0.1", port=mail_port
    )
    async with TestServer(app) as server, listener:
        config = lab_config(tmp_path, str(server.make_url("")).rstrip("/"), inbox_port=inbox_port, mail_port=mail_port)
        async with (
            open_lab(config, clock) as (world, providers),
            TestClient(TestServer(make_app(world, providers))) as http,
        ):
            yield Lab(world, http, product, clock)
