"""How long a write takes, by that of a bare endpoint with one INSERT, whatever else is broken."""

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
from bench.servers import stub_model as instant
from local import ports
from local.servers import valkey

BLOCK = 100
"""So many writes to one, then to the other, and again: noise disturbs both."""


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure at 1 and 16 clients, and then part after part gone; return times and ratios."""
    writes = 300 if quick else 1000
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        broker = parts.enter_context(ExitStack())
        redis_url = broker.enter_context(valkey.running(folder / "broker"))
        url, model = parts.enter_context(instant.running(folder))
        environment = {"OLLAMA_HOST": url, "REDIS_URL": redis_url}
        served = parts.enter_context(stack.running(environment=environment))
        port = ports.free_port()
        parts.enter_context(
            instant.program(
                "bench.servers.baseline_write", port, folder, "/docs", served.database_url
            )
        )
        pair = Pair(f"http://127.0.0.1:{port}", served.api)
        breaks: dict[str, Callable[[], object]] = {
            "all is well": lambda: None,
            "the model server hangs": lambda: model.send_signal(signal.SIGSTOP),
            "the model server is gone": model.kill,
            "and Redis is gone": broker.close,
        }
        pair.compare("warming up", BLOCK, 1)
        return [row for name, fault in breaks.items() for row in _rows(pair, name, fault, writes)]


def _rows(
    pair: "Pair", name: str, fault: Callable[[], object], writes: int
) -> Iterator[dict[str, Any]]:
    fault()
    for clients in (1, 16):
        yield from pair.compare(name, writes * (2 if clients > 1 else 1), clients)


class Pair:
    """The bare endpoint and ours."""

    def __init__(self, bare: str, ours: str) -> None:
        self._bare = bare
        self._ours = ours
        self._numbers = count()

    def compare(self, name: str, writes: int, clients: int) -> list[dict[str, Any]]:
        """Write to both in turns; return the rows of both."""
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(max(1, writes // BLOCK)):
            bare += self._block(self._bare, "/documents", clients)
            ours += self._block(self._ours, "/v1/documents", clients)
        what = f"{name}, {clients} client{'s' if clients > 1 else ''}"
        least, times = measure.milliseconds(bare), measure.milliseconds(ours)
        ratio = times["p50_ms"] / least["p50_ms"]
        return [
            {"what": f"bare: {what}", **least, "ratio": 1.0},
            {"what": f"Inkdex: {what}", **times, "ratio": ratio},
        ]

    def _block(self, url: str, path: str, clients: int) -> list[float]:
        async def write(connection: Connection, _: int) -> None:
            number = next(self._numbers)
            content = f"Ink number {number} dries in {number % 97} minutes on paper."
            body = {"id": f"w{number}", "content": content, "metadata": {"n": number}}
            status, answer = await connection.ask("POST", path, body)
            assert status == 201, answer

        return asyncio.run(measure.timed(url, write, BLOCK, clients))
