"""`python -m worker`: a Celery worker on both lanes, in threads, for its work is waiting."""

from shared.config import get_settings
from worker.app import app

if __name__ == "__main__":
    app.worker_main(
        [
            "worker",
            "--pool=threads",
            f"--concurrency={get_settings().worker_threads}",
            "--queues=interactive,bulk",
            "--without-gossip",
            "--without-mingle",
            "--task-events",
            f"--loglevel={get_settings().log_level}",
        ]
    )
