"""The worker: RQ's SimpleWorker on our queue, with services that stay open from job to job."""

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from runtime.jobs import JobQueue
from runtime.settings import Settings
from workers.run import serving

MAINTENANCE_SECONDS = 60
"""How often a worker clears away what a killed colleague left in Redis."""


def work(settings: Settings, redis_url: str) -> None:
    """Run jobs until told to stop."""
    queue = JobQueue(redis_url)
    try:
        with serving(settings, redis_url):
            _worker(queue).work(logging_level="WARNING")
    finally:
        queue.close()


def _worker(queue: JobQueue) -> SimpleWorker:
    return SimpleWorker(
        [queue.queue],
        connection=queue.redis,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
