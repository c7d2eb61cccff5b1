"""`python -m worker`: a Celery worker on all lanes. It uses threads, because it mostly waits."""

import sys

from shared.adapters.observability.logs import configure_logging
from shared.adapters.redis.server_mode import UnsupportedServer, check_at_start
from shared.config import get_settings
from shared.domain.documents.document import Lane
from worker import tasks

if __name__ == "__main__":
    configure_logging(get_settings().log_level)  # before Celery logs anything
    try:
        check_at_start(get_settings())
    except UnsupportedServer as error:
        sys.exit(str(error))
    tasks.app.worker_main(
        [
            "--quiet",  # no banner in the log
            "worker",
            "--pool=threads",
            f"--concurrency={get_settings().batches_at_a_time}",
            f"--queues={','.join(Lane)}",
            "--without-gossip",
            "--without-mingle",
            "--task-events",
            f"--loglevel={get_settings().log_level}",
        ]
    )
