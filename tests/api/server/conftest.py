"""The API in a thread of the test, on an event loop that measures its own delays."""

import asyncio
import gc
import threading
import time
from asyncio import events
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from api.app import create_app
from api.server import listener
from api.server.server import build_server
from local import ports
from shared.config import Settings
from tests.support.processes import answers, eventually


class EventLoopDelay:
    """The longest time that one callback kept all others waiting, in processor time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.seconds = 0.0
        self.callback = ""

    def note(self, seconds: float, handle: events.Handle) -> None:
        if seconds > self.seconds:
            self.seconds, self.callback = seconds, repr(handle)


@dataclass
class MeasuredApi:
    port: int
    delay: EventLoopDelay

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def measured_api(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[MeasuredApi]:
    """The API with 100 connections at most."""
    found = MeasuredApi(ports.free_port(), EventLoopDelay())
    run = events.Handle._run

    def measured(handle: events.Handle) -> None:
        started = time.thread_time()
        run(handle)
        if threading.current_thread() is thread:
            found.delay.note(time.thread_time() - started, handle)

    wanted = settings.model_copy(update={"api_port": found.port, "connections_max": 100})
    server = build_server(create_app(wanted), wanted)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener.bind(wanted)])))
    monkeypatch.setattr(events.Handle, "_run", measured)
    gc.collect()
    gc.freeze()  # the objects of pytest are none of the API's
    thread.start()
    eventually(lambda: answers(f"{found.url}/livez"), "API answers")
    yield found
    server.should_exit = True
    thread.join()
    gc.unfreeze()
