"""The latency of writes during faults, compared with an endpoint that runs one INSERT."""

import asyncio
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

from bench import measure, stack
from bench.measure import Connection
from bench.servers import stub_model
from local import ports
from local.servers import valkey

BLOCK = 100
"""Writes to one endpoint before the other one's turn, so noise affects both."""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure with 1 and 16 clients, and add one fault after the other. Return times and ratios."""
    writes = 300 if quick else 1000
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        broker = parts.enter_context(ExitStack())
        redis_url = broker.enter_context(valkey.running(folder / "broker"))
        url, model = parts.enter_context(stub_model.running(folder))
        environment = {"OLLAMA_HOST": url, "REDIS_URL": redis_url}
        served = parts.enter_context(stack.running(environment=environment))
        port = ports.free_port()
        parts.enter_context(
            stub_model.program(
                "bench.servers.baseline_write", port, folder, "/docs", served.database_url
            )
        )
        pair = Pair(f"http://127.0.0.1:{port}", served.api)
        faults: dict[str, Callable[[], object]] = {
            "no fault": lambda: None,
            "the model server hangs": lambda: model.send_signal(signal.SIGSTOP),
            "the model server is down": model.kill,
            "Redis is down, too": broker.close,
        }
        pair.compare("warming up", BLOCK, 1)
        return [row for name, fault in faults.items() for row in _rows(pair, name, fault, writes)]


def _rows(
    pair: "Pair", name: str, fault: Callable[[], object], writes: int
) -> Iterator[dict[str, Any]]:
    fault()
    for clients in (1, 16):
        yield from pair.compare(name, writes * (2 if clients > 1 else 1), clients)


class Pair:
    """The baseline endpoint and the API."""

    def __init__(self, baseline: str, inkdex: str) -> None:
        self._baseline = baseline
        self._inkdex = inkdex
        self._numbers = count()

    def compare(self, name: str, writes: int, clients: int) -> list[dict[str, Any]]:
        """Write to both in turns. Return one row for each."""
        baseline: list[float] = []
        inkdex: list[float] = []
        for _ in range(max(1, writes // BLOCK)):
            baseline += self._block(self._baseline, "/documents", clients)
            inkdex += self._block(self._inkdex, "/v1/documents", clients)
        label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
        reference, times = measure.milliseconds(baseline), measure.milliseconds(inkdex)
        ratio = times["p50_ms"] / reference["p50_ms"]
        return [
            {"name": f"baseline: {label}", **reference, "ratio": 1.0},
            {"name": f"Inkdex: {label}", **times, "ratio": ratio},
        ]

    def _block(self, url: str, path: str, clients: int) -> list[float]:
        async def write(connection: Connection, _: int) -> None:
            number = next(self._numbers)
            content = f"Ink number {number} dries in {number % 97} minutes on paper."
            body = {"id": f"w{number}", "content": content, "metadata": {"n": number}}
            status, answer = await connection.request("POST", path, body)
            assert status == 201, answer

        return asyncio.run(measure.timed(url, write, BLOCK, clients))
