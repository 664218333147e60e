"""Fetching: a customer's file is brought home, however often its provider has to be asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.errors import Misconfigured, ProviderUnavailable, Rejected, SendError, Throttled, UnknownOutcome
from conversations.events import EventKind
from conversations.message import Message
from conversations.parts import Media, MediaType, Text
from exchange.fetching import ATTEMPTS
from storage import fetches, tables
from tests.support.core import Core

PICTURE = Media(MediaType.IMAGE, ref="media-1")


async def hear_picture(core: Core) -> Message:
    """A customer sends words and a picture that is still at the provider."""
    return await core.hear(parts=(Text("看"), PICTURE))


async def state(core: Core) -> tuple[str, str]:
    """Where the only file is, and the last error."""
    (row,) = await core.rows(tables.fetches)
    return row.state, row.error


async def test_a_file_is_brought_home_and_its_message_changed(core: Core) -> None:
    core.provider.files["media-1"] = b"png"
    message = await hear_picture(core)
    await core.fetcher.drain()
    text, stored = (await core.message(message.key)).parts
    assert text == Text("看")
    assert isinstance(stored, Media)
    assert (stored.mime, stored.size, stored.ref) == ("image/png", 3, "media-1")
    assert await core.files.load(stored.digest) == b"png"
    assert await state(core) == (fetches.DONE, "")
    assert [row.digest for row in await core.rows(tables.attachments)] == [stored.digest]
    assert [event.message_id for event in await core.story(EventKind.MESSAGE_CHANGED)] == [message.id]


@pytest.mark.parametrize("error", [ProviderUnavailable("away"), Throttled("slowly"), UnknownOutcome("no answer")])
async def test_a_file_is_asked_for_again_when_the_provider_could_not_give_it(core: Core, error: SendError) -> None:
    """Reading does nothing twice, so that even an unknown outcome may be repeated."""
    core.provider.files["media-1"] = b"png"
    core.provider.file_errors.append(error)
    await hear_picture(core)
    await core.fetcher.drain()
    assert await state(core) == (fetches.WAITING, str(error))
    core.clock.forward(timedelta(minutes=10))
    await core.fetcher.drain()
    assert (await state(core))[0] == fetches.DONE


async def test_a_file_waits_for_the_operator_who_repairs_the_account(core: Core) -> None:
    core.provider.files["media-1"] = b"png"
    core.provider.file_errors.append(Misconfigured("not on the list of IP addresses"))
    await hear_picture(core)
    await core.fetcher.drain()
    assert (await state(core))[0] == fetches.WAITING


async def test_a_file_that_is_gone_for_good_is_lost_and_its_message_stays(core: Core) -> None:
    message = await hear_picture(core)
    await core.fetcher.drain()
    assert await state(core) == (fetches.LOST, "there is no such file")
    words, picture = message.parts
    assert isinstance(picture, Media)
    assert (await core.message(message.key)).parts == (words, replace(picture, ref=""))
    assert (await core.story(EventKind.MESSAGE_CHANGED))[-1].reason == "a file is lost: there is no such file"


async def test_a_provider_that_stays_away_is_asked_so_many_times(core: Core) -> None:
    core.provider.file_errors.extend(ProviderUnavailable() for _ in range(ATTEMPTS + 1))
    await hear_picture(core)
    for _ in range(ATTEMPTS + 1):
        await core.fetcher.drain()
        core.clock.forward(timedelta(hours=1))
    assert ((await state(core))[0], len(core.provider.file_errors)) == (fetches.LOST, 1)


async def test_one_bad_file_does_not_keep_the_others(core: Core) -> None:
    core.provider.files["media-1"] = b"png"
    core.provider.file_errors.append(Rejected())
    for _ in range(3):
        await hear_picture(core)
    await core.fetcher.drain()
    assert sorted(row.state for row in await core.rows(tables.fetches)) == [fetches.DONE, fetches.DONE, fetches.LOST]


async def test_a_file_whose_fetcher_died_is_due_again(core: Core, other: Core) -> None:
    core.provider.files["media-1"] = b"png"
    await hear_picture(core)
    now = core.clock()
    assert len(await core.database.write(fetches.take, now, now + timedelta(minutes=2))) == 1
    await other.fetcher.drain()
    assert (await state(core))[0] == fetches.WAITING
    core.clock.forward(timedelta(minutes=2))
    await other.fetcher.drain()
    assert (await state(core))[0] == fetches.DONE
