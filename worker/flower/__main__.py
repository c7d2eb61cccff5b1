"""`python -m worker.flower`: Flower on our Celery application, with bounded memory."""

import os
import sys
from pathlib import Path

import flower.command

from shared.adapters.observability.logs import configure_logging
from shared.config import SecretFileError, get_settings
from shared.config.secret_files import secret_in
from worker import tasks
from worker.flower import GuardedFlower

OPTIONS = (
    "--max_tasks=10000",
    "--max_workers=200",
    "--purge_offline_workers=3600",
    "--tasks_columns=name,state,args,result,received,runtime,worker,uuid",
)

LOGIN = "FLOWER_BASIC_AUTH"
"""Flower reads it from the environment itself."""


def read_login() -> None:
    """Take the login from the file that `FLOWER_BASIC_AUTH_FILE` names, if there is one."""
    if path := os.environ.get(f"{LOGIN}_FILE"):
        if os.environ.get(LOGIN):
            raise SecretFileError(f"Set {LOGIN} or {LOGIN}_FILE, not both.")
        os.environ[LOGIN] = secret_in(Path(path), f"{LOGIN}_FILE")


if __name__ == "__main__":
    configure_logging(get_settings().log_level)
    try:
        read_login()
    except SecretFileError as error:
        sys.exit(str(error))
    flower.command.Flower = GuardedFlower
    tasks.app.start(["flower", *OPTIONS, *sys.argv[1:]])
