"""Child processes of one `huiliu serve`: started, restarted when they die, stopped together."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence

from runtime.parent import die_with_parent

log = logging.getLogger(__name__)

RESTART_SECONDS = 1.0
STOP_SECONDS = 20.0

OPEN_SECONDS = 30.0
LOOK_SECONDS = 0.05


@contextlib.asynccontextmanager
async def child(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Keep `python <arguments>` running beside the body."""
    keeper = asyncio.create_task(_keep(name, arguments, environment))
    try:
        yield
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)


async def opened(name: str, host: str, port: int) -> None:
    """Wait until a child listens. One that takes too long is logged, and not waited for any more."""
    ends = time.monotonic() + OPEN_SECONDS
    while time.monotonic() < ends:
        if await _listens(host, port):
            return
        await asyncio.sleep(LOOK_SECONDS)
    log.warning("%s does not listen on %s:%s yet", name, host, port)


async def _listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


async def _keep(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    while True:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            # Its own group: Ctrl-C reaches the parent alone, which then stops its children in order.
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stop(name, process)
            raise
        log.error("%s ended with %s and is started again", name, code)
        await asyncio.sleep(RESTART_SECONDS)


async def _stop(name: str, process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        log.warning("%s does not stop and is killed", name)
        process.kill()
        await process.wait()
