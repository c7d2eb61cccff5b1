"""`python -m api`: the API on uvicorn."""

import uvicorn

from api.app import create_app
from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings

if __name__ == "__main__":
    settings = get_settings()
    configure_logging(settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
