"""The worker: RQ's SimpleWorker on our queue, with services that stay open from job to job."""

import logging
from contextlib import suppress
from threading import Event

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from runtime.jobs import JobQueue
from runtime.settings import Settings
from workers.run import serving

log = logging.getLogger(__name__)

MAINTENANCE_SECONDS = 60
"""How often a worker clears away what a killed colleague left in Redis."""

RETRY_SECONDS = 1.0


class Worker(SimpleWorker):
    """RQ's worker ends when it loses Redis; this one remembers whether its end was wanted."""

    stopping: Event

    def handle_warm_shutdown_request(self) -> None:
        """Somebody wants it to stop."""
        self.stopping.set()
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # RQ's own has no types


def work(settings: Settings, redis_url: str) -> None:
    """Run jobs until told to stop. While Redis is away there are none, and the rows wait."""
    queue, stopping = JobQueue(redis_url), Event()
    try:
        # RQ's signal handler raises wherever the process is, also between two attempts.
        with serving(settings, redis_url), suppress(StopRequested):
            while not stopping.is_set():
                _work(queue, stopping)
                stopping.wait(RETRY_SECONDS)
    finally:
        queue.close()


def _work(queue: JobQueue, stopping: Event) -> None:
    try:
        worker = Worker(
            [queue.queue],
            connection=queue.redis,
            serializer=JSONSerializer,
            maintenance_interval=MAINTENANCE_SECONDS,
        )
        worker.stopping = stopping
        worker.work(logging_level="WARNING")
    except (RedisError, OSError) as error:
        log.warning("the worker waits for Redis: %s", error)
