"""`python -m api`: the API on its server, in one process or in several."""

import runpy

from api.server import process_group
from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings

if __name__ == "__main__":
    settings = get_settings()
    if settings.processes == 1:
        runpy.run_module("api.process", run_name="__main__", alter_sys=True)
    else:
        configure_logging(settings.log_level)
        process_group.run(settings)
