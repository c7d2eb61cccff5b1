"""Serves all-minilm, wordllama and smollm2: python -m local.model_server --port N."""

import argparse
import logging
import signal
import sys
import time
from types import FrameType

import uvicorn

from local.errors import StackError
from local.model_server.app import create_app
from local.model_server.middleware import is_loopback
from local.model_server.models import load_models
from shared.config import get_settings

logger = logging.getLogger("inkdex.model_server")


def main() -> None:
    """Load the models, then serve requests until a signal arrives."""
    options = _options()
    # uvicorn raises the signal again after it has stopped. The exit status must still be 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    started = time.perf_counter()
    try:
        models = load_models(get_settings().model_threads)
    except StackError as error:
        sys.exit(str(error))
    offered = ", ".join(card.name for card in models.cards())
    logger.info("offering %s after %.1f s", offered, time.perf_counter() - started)
    for name, reason in models.missing.items():
        logger.warning("%s is not available. %s", name, reason)
    config = uvicorn.Config(
        create_app(models, local_only=is_loopback(options.host)),
        host=options.host,
        port=options.port,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        headers=[("Server", "inkdex-local-model")],
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.model_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    return parser.parse_args()


def _exit(_: int, __: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
