"""The Celery application of the workers. Tasks register with it in `worker.tasks`."""

import signal
from types import FrameType

from celery import bootsteps

from shared.adapters.celery.app import celery_app
from shared.config import get_settings


class OneSigterm(bootsteps.StartStopStep):  # type: ignore[misc] # Celery has no types
    """Handles SIGTERM once. Celery's handler deadlocks when a second SIGTERM interrupts it."""

    def start(self, _: object) -> None:
        """Wrap Celery's handler, which is installed by now."""
        handle = signal.getsignal(signal.SIGTERM)
        assert callable(handle)

        def once(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            handle(number, frame)

        signal.signal(signal.SIGTERM, once)


app = celery_app(get_settings())
app.steps["worker"].add(OneSigterm)
