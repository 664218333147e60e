"""A provider fetches our files by links that a channel made; nobody else learns anything."""

from datetime import timedelta

import pytest

from channels.sms.twilio.files import LASTS, offer
from conversations.clock import utc_now
from tests.channels.sms.twilio.sampler import TOKEN, settings
from tests.support.gateway import Gateway

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture
async def digest(gateway: Gateway) -> str:
    await gateway.add_account("twilio", kind="sms_twilio", **settings("https://api.twilio.example"))
    return await gateway.services.files.save(PNG)


async def test_a_link_opens_the_file_with_its_true_type(gateway: Gateway, digest: str) -> None:
    path = f"/offered/twilio/{offer(TOKEN, digest, utc_now())}"
    async with gateway.browser() as twilio:
        asked = await twilio.http.head(path)
        fetched = await twilio.get(path)
        content = await fetched.read()
    assert (asked.status, asked.headers["Content-Type"]) == (200, "image/png")
    assert (fetched.status, fetched.headers["Content-Type"], content) == (200, "image/png", PNG)
    assert fetched.headers["Cache-Control"] == "no-store"


async def test_everything_else_is_not_there(gateway: Gateway, digest: str) -> None:
    now = utc_now()
    good = offer(TOKEN, digest, now)
    paths = {
        "of another account": f"/offered/sms/{good}",
        "of no account": f"/offered/nobody/{good}",
        "forged": f"/offered/twilio/{offer('guess', digest, now)}",
        "too late": f"/offered/twilio/{offer(TOKEN, digest, now - LASTS - timedelta(seconds=1))}",
        "of a file that is gone": f"/offered/twilio/{offer(TOKEN, '0' * 64, now)}",
        "the digest itself": f"/offered/twilio/{digest}",
        "the folder": "/offered/twilio/",
    }
    async with gateway.browser() as stranger:
        answers = {name: (await stranger.get(path)).status for name, path in paths.items()}
    assert answers == dict.fromkeys(paths, 404)
