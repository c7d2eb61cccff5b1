"""`python -m api`: the API on its server."""

from api.app import create_app
from api.server.server import serve
from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings

if __name__ == "__main__":
    settings = get_settings()
    configure_logging(settings.log_level)
    serve(create_app(settings), settings)
