"""Jobs: hints for RQ workers. A job carries ids only; the row in the database is the truth.

The dotted names of jobs live here and nowhere else, so that whoever enqueues need not import the workers.
"""

import asyncio
import logging
from enum import StrEnum

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE = "huiliu"
TIMEOUT = 300
"""Seconds a job may run."""

KEPT = 60
"""Seconds a job waits for a worker before it is dropped."""

FAILURES_KEPT = 24 * 3600
"""Seconds for which a failed job, which is always a bug of ours, can be looked at."""


class Job(StrEnum):
    """Every job there is, by its dotted name."""

    FIND_DUE_SURVEYS = "workers.jobs.find_due_surveys"
    SEND_SURVEY = "workers.jobs.send_survey"
    FIND_GONE_VISITORS = "workers.jobs.find_gone_visitors"
    FOLLOW_VISITOR = "workers.jobs.follow_visitor"
    TELL_WHO_WAITS = "workers.jobs.tell_who_waits"
    DELIVER_BULK = "workers.jobs.deliver_bulk"
    SWEEP = "workers.jobs.sweep"


class JobQueue:
    """Where jobs are put. Losing one is harmless: the sweeper finds its row again."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url, socket_connect_timeout=2.0)
        self.queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer, default_timeout=TIMEOUT)

    async def enqueue(self, job: Job, *ids: str) -> None:
        """Ask a worker to look."""
        await asyncio.to_thread(self.put, job, *ids)

    def put(self, job: Job, *ids: str) -> None:
        """Ask a worker to look, from a thread that may wait for Redis.

        Jobs are harmless when they run twice, and an old one is not worth running: the next look finds its row.
        """
        try:
            self.queue.enqueue(job.value, *ids, ttl=KEPT, result_ttl=0, failure_ttl=FAILURES_KEPT)
        except (RedisError, OSError) as error:
            log.warning("Redis is away, %s %s waits for the next look: %s", job.name, " ".join(ids), error)

    def close(self) -> None:
        """Let go of the connections."""
        self.redis.close()
