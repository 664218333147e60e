"""A session keeps many requests on their way, and knows what became of each. The language here is a made-up one."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from channels.sms.session import LONGEST_FRAME, Dialect, Pace, Session, open_session
from conversations.errors import ProviderUnavailable, UnknownOutcome

ASK, NEWS, ALIVE, BYE = 1, 2, 3, 4
ANSWER = 0x80000000

QUICK = Pace(window=3, connect=1, answer=0.2, keep_alive=30, farewell=0.1)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(command: int, number: int, body: bytes = b"") -> bytes:
    return b"".join(each.to_bytes(4) for each in (12 + len(body), command, number)) + body


def routine(raw: bytes) -> bytes | None:
    command, number = int.from_bytes(raw[4:8]), int.from_bytes(raw[8:12])
    return frame(command | ANSWER, number) if command in (ALIVE, BYE) else None


DIALECT = Dialect(
    header=12,
    keep_alive=lambda number: frame(ALIVE, number),
    farewell=lambda number: frame(BYE, number),
    routine=routine,
    is_farewell=lambda raw: int.from_bytes(raw[4:8]) == BYE,
)


def ask(number: int) -> bytes:
    return frame(ASK, number)


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, int]:
    length, command, number = struct.unpack("!III", await reader.readexactly(12))
    await reader.readexactly(length - 12)
    return command, number


@asynccontextmanager
async def session_with(serve: Serve, pace: Pace = QUICK) -> AsyncIterator[Session]:
    """A session with somebody who does as `serve` says, and hangs up when that is over."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        async with open_session("127.0.0.1", server.sockets[0].getsockname()[1], DIALECT, pace) as session:
            yield session
    finally:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        command, number = await read_frame(reader)
        writer.write(frame(command | ANSWER, number, b"for %d" % number))


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_answers_find_their_requests_in_any_order() -> None:
    async def backwards(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        numbers = [(await read_frame(reader))[1] for _ in range(3)]
        for number in reversed(numbers):
            writer.write(frame(ASK | ANSWER, number, b"for %d" % number))
        await echo(reader, writer)

    async with session_with(backwards) as session:
        answers = await asyncio.gather(*(session.ask(ask) for _ in range(3)))
    assert [answer[12:] for answer in answers] == [b"for 1", b"for 2", b"for 3"]


async def test_no_more_than_the_window_are_on_their_way() -> None:
    seen: list[int] = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers only when as many wait as may."""
        while True:
            numbers = [(await read_frame(reader))[1] for _ in range(3)]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await read_frame(reader)
            seen.append(len(numbers))
            for number in numbers:
                writer.write(frame(ASK | ANSWER, number))

    async with session_with(count) as session:
        await asyncio.gather(*(session.ask(ask) for _ in range(9)))
    assert seen == [3, 3, 3]


async def test_a_request_without_an_answer_has_an_unknown_outcome() -> None:
    async with session_with(silence) as session:
        with pytest.raises(UnknownOutcome):
            await session.ask(ask)


async def test_a_request_that_never_left_is_not_in_doubt() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await read_frame(reader)

    async with session_with(hang_up) as session:
        outcomes = await asyncio.gather(*(session.ask(ask) for _ in range(4)), return_exceptions=True)
    assert [type(each) for each in outcomes] == [UnknownOutcome, UnknownOutcome, UnknownOutcome, ProviderUnavailable]


async def test_who_finds_no_place_in_the_window_has_sent_nothing() -> None:
    async with session_with(silence, Pace(window=1, place=0.05, answer=30, farewell=0.1)) as session:
        first = asyncio.create_task(session.ask(ask))
        await asyncio.sleep(0)
        with pytest.raises(ProviderUnavailable, match="nothing more"):
            await session.ask(ask)
        first.cancel()


async def test_hanging_up_leaves_what_was_asked_in_doubt_and_refuses_the_rest() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)

    async with session_with(hang_up) as session:
        with pytest.raises(UnknownOutcome, match="hung up"):
            await session.ask(ask)
        with pytest.raises(ProviderUnavailable):
            await session.ask(ask)
        with pytest.raises(ProviderUnavailable):
            await session.news()


async def test_news_comes_in_groups() -> None:
    async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(frame(NEWS, number) for number in (7, 8, 9)))
        await echo(reader, writer)

    async with session_with(tell) as session:
        assert [DIALECT.number(each) for each in await session.news()] == [7, 8, 9]


async def test_signs_of_life_are_answered_and_asked_for() -> None:
    heard: list[tuple[int, int]] = []

    async def lively(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(ALIVE, 77))
        heard.append(await read_frame(reader))
        command, number = await read_frame(reader)
        heard.append((command, number))
        writer.write(frame(command | ANSWER, number) + frame(NEWS, 1))
        await echo(reader, writer)

    async with session_with(lively, Pace(keep_alive=0.05, answer=1, farewell=0.1)) as session:
        await session.news()
    assert heard == [(ALIVE | ANSWER, 77), (ALIVE, 1)]


async def test_somebody_who_shows_no_sign_of_life_is_gone() -> None:
    async with session_with(silence, Pace(keep_alive=0.05, answer=0.1, farewell=0.1)) as session:
        with pytest.raises(ProviderUnavailable):
            await session.news()


async def test_a_farewell_ends_it_and_is_answered() -> None:
    heard: list[tuple[int, int]] = []

    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(BYE, 5))
        heard.append(await read_frame(reader))

    async with session_with(leave) as session:
        with pytest.raises(ProviderUnavailable):
            await session.news()
    assert heard == [(BYE | ANSWER, 5)]


async def test_we_say_farewell_too() -> None:
    heard: list[int] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            command, number = await read_frame(reader)
            heard.append(command)
            writer.write(frame(command | ANSWER, number))

    async with session_with(listen) as session:
        await session.ask(ask)
    assert heard == [ASK, BYE]


@pytest.mark.parametrize("length", [0, 11, LONGEST_FRAME + 5, 0xFFFFFFFF])
async def test_a_length_that_cannot_be_ends_the_session(length: int) -> None:
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(length.to_bytes(4) + bytes(12))
        await reader.read()

    async with session_with(lie) as session:
        with pytest.raises(ProviderUnavailable):
            await session.news()


async def test_nobody_there_is_said_so() -> None:
    with pytest.raises(ProviderUnavailable, match="cannot be reached"):
        async with open_session("127.0.0.1", 9, DIALECT, QUICK):
            pass
