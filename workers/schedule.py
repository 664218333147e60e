"""The schedule: what RQ's cron puts into the queue, again and again. One process leads, others stand by."""

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq.cron import CronJob, CronScheduler
from rq.exceptions import StopRequested

from runtime.jobs import QUEUE, Job, JobQueue
from workers import jobs

log = logging.getLogger(__name__)

PERIODS = {
    jobs.find_due_surveys: 5,
    jobs.tell_who_waits: 5,
    jobs.deliver_bulk: 10,
    jobs.find_gone_visitors: 15,
    jobs.sweep: 30,
}
"""Seconds between two runs of each job."""

LEADER = "huiliu:schedule:leader"
LEADS_FOR = 30
"""Seconds after which a standby takes over from a leader that is gone."""

RETRY_SECONDS = 1.0


class Schedule(CronScheduler):
    """RQ's cron, with jobs as JSON instead of pickles, and one leader among several processes."""

    def __init__(self, queue: JobQueue) -> None:
        super().__init__(connection=queue.redis)
        self._queue = queue
        for job, seconds in PERIODS.items():
            self.register(job, QUEUE, interval=seconds)

    def enqueue_jobs(self) -> list[CronJob]:
        """Put the jobs that are due."""
        if not self._leads():
            return []
        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            self._queue.put(Job(job.func_name))
            job.set_enqueue_time(datetime.now(UTC))
        return due

    def calculate_sleep_interval(self) -> float:
        """At least once a second: a standby has nothing due, but must notice that its turn has come."""
        return min(1.0, super().calculate_sleep_interval())

    def register_death(self, pipeline: Pipeline | None = None) -> None:
        """Say goodbye. When Redis went first there is nobody to say it to, and stopping must not fail by that."""
        with suppress(RedisError, OSError):
            super().register_death(pipeline)

    def _leads(self) -> bool:
        if self.connection.set(LEADER, self.name, nx=True, ex=LEADS_FOR):
            log.info("this process leads the schedule")
            return True
        if self.connection.get(LEADER) != self.name.encode():
            return False
        self.connection.expire(LEADER, LEADS_FOR)
        return True


def keep_schedule(queue: JobQueue) -> None:
    """Run until told to stop. While Redis is away there is nobody to tell, and the rows wait."""
    # RQ's signal handler raises wherever the process is, also between two attempts.
    with suppress(StopRequested):
        while not _ran_until_told_to_stop(queue):
            time.sleep(RETRY_SECONDS)


def _ran_until_told_to_stop(queue: JobQueue) -> bool:
    try:
        Schedule(queue).start()  # type: ignore[no-untyped-call]  # RQ's own has no types
    except (RedisError, OSError) as error:
        log.warning("the schedule waits for Redis: %s", error)
        return False
    return True
