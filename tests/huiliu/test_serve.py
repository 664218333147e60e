"""`huiliu serve` and `huiliu demo` as processes: they greet, they keep what they have, they stop when told."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import orjson
import pytest

from tests.support.commands import ROOT, CommandLine

READY_SECONDS = 60.0


@asynccontextmanager
async def running(huiliu: CommandLine, command: str) -> AsyncIterator[list[str]]:
    """A process that has greeted; the lines it said. It must stop well when told to."""
    process = await asyncio.create_subprocess_exec(
        *huiliu.process(command),
        cwd=ROOT,
        env=os.environ | huiliu.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not any("Ctrl-C" in line for line in lines):
                line = await process.stdout.readline()
                assert line, f"the process ended: {lines}"
                lines.append(line.decode())
        yield lines
        process.terminate()
        async with asyncio.timeout(READY_SECONDS):
            await process.communicate()
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def status(address: str) -> int:
    """What a GET of this address is answered with."""
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        return answer.status


async def test_serve_lets_the_first_administrator_in_and_lives_beside_other_commands(
    on_sqlite: CommandLine, tmp_path: Path
) -> None:
    async with running(on_sqlite, "serve") as lines:
        link = re.search(r"http://\S+/sign-in/link/\S+", "".join(lines))
        assert link
        assert await status(link[0]) == 200
        report = await asyncio.to_thread(on_sqlite.done, "doctor")
        assert report.count("is held by a Huiliu that runs") == 2
        await asyncio.to_thread(on_sqlite.done, "backup", str(tmp_path / "huiliu.tar.gz"))


async def refused(huiliu: CommandLine, command: str) -> str:
    """A process that cannot start must say why in a sentence; that sentence."""
    process = await asyncio.create_subprocess_exec(
        *huiliu.process(command), cwd=ROOT, env=os.environ | huiliu.environment, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(READY_SECONDS):
        _, said = await process.communicate()
    assert process.returncode == 1
    assert "Traceback" not in said.decode()
    return said.decode()


@pytest.mark.parametrize(
    ("command", "variable"),
    [("serve", "HUILIU_PORT"), ("serve", "HUILIU_SMTP_PORT"), ("demo", "HUILIU_LAB_PORT")],
)
async def test_a_taken_port_is_said_in_a_sentence(on_sqlite: CommandLine, command: str, variable: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = str(other.getsockname()[1])
        said = await refused(on_sqlite.elsewhere(**{variable: port}), command)
    assert port in said
    assert variable in said


async def test_a_data_folder_has_one_master(on_sqlite: CommandLine, unused_tcp_port: int) -> None:
    async with running(on_sqlite, "serve"):
        said = await refused(on_sqlite.elsewhere(HUILIU_PORT=str(unused_tcp_port)), "serve")
    assert "Another Huiliu" in said
    assert "HUILIU_DATA_DIR" in said


async def test_demo_names_three_addresses_that_answer_and_keeps_its_accounts(
    on_sqlite: CommandLine, unused_tcp_port_factory: Callable[[], int]
) -> None:
    huiliu = on_sqlite.elsewhere(
        HUILIU_LAB_PORT=str(unused_tcp_port_factory()),
        HUILIU_LAB_SMTP_PORT=str(unused_tcp_port_factory()),
        HUILIU_LAB_SMPP_PORT=str(unused_tcp_port_factory()),
        HUILIU_LAB_CMPP_PORT=str(unused_tcp_port_factory()),
    )
    async with running(huiliu, "demo") as lines:
        console, lab, chat = re.findall(r"http://\S+", "".join(lines))
        assert "/sign-in/link/" in console
        assert [await status(address) for address in (console, lab, chat)] == [200, 200, 200]
    first = orjson.loads((huiliu.settings.data_dir / "lab.json").read_bytes())
    async with running(huiliu, "demo"):
        second = orjson.loads((huiliu.settings.data_dir / "lab.json").read_bytes())
    assert first == second
