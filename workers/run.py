"""How synchronous RQ shares the asynchronous code: one long-lived event loop in a thread of the worker process.

Services are opened once on that loop; each job hands it a use case and waits. RQ's SimpleWorker does not fork, so pools
and sessions survive from job to job.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from runtime.services import Services, open_services
from runtime.settings import Settings
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

UseCase = Callable[[Services], Coroutine[Any, Any, None]]


class Runner:
    """Runs use cases on the loop of this worker."""

    def __init__(self, loop: asyncio.AbstractEventLoop, services: Services) -> None:
        self._loop = loop
        self._services = services

    def __call__(self, use_case: UseCase) -> None:
        """Wait for the use case, in the thread of the job."""
        asyncio.run_coroutine_threadsafe(use_case(self._services), self._loop).result()


_runners: list[Runner] = []


def run(use_case: UseCase) -> None:
    """Run a use case of a job. Raises LookupError outside a worker process.

    While the database is away there is nothing to do: what is due stands in its rows, and the next look finds it.
    """
    if not _runners:
        raise LookupError("jobs run in a worker only: start one with `huiliu worker`")
    try:
        _runners[-1](use_case)
    except DatabaseUnavailable as error:
        log.warning("a job waits for the database: %s", error)


@contextlib.contextmanager
def serving(settings: Settings, redis_url: str) -> Iterator[None]:
    """Open services on a loop of their own, for the jobs that run inside the `with`."""
    with _loop_in_thread() as loop:
        services = open_services(settings, redis_url)
        opened = asyncio.run_coroutine_threadsafe(services.__aenter__(), loop).result()
        _runners.append(Runner(loop, opened))
        try:
            yield
        finally:
            _runners.pop()
            asyncio.run_coroutine_threadsafe(services.__aexit__(None, None, None), loop).result()


@contextlib.contextmanager
def _loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="use-cases", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
