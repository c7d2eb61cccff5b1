"""`python -m worker.flower`: Flower on our Celery application, with bounded memory."""

import sys

import flower.command

from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings
from worker import tasks
from worker.flower import GuardedFlower

OPTIONS = (
    "--max_tasks=10000",
    "--max_workers=200",
    "--purge_offline_workers=3600",
    "--tasks_columns=name,state,args,result,received,runtime,worker,uuid",
)

if __name__ == "__main__":
    configure_logging(get_settings().log_level)
    flower.command.Flower = GuardedFlower
    tasks.app.start(["flower", *OPTIONS, *sys.argv[1:]])
