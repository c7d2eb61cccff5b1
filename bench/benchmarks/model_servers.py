"""Two model servers instead of one, and what happens when one of them is slow, dead or wrong.

The servers simulate hardware of their own: they sleep for each text. So the figures show how work
is shared out, and not how fast this machine is.
"""

import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench import measure, stack
from bench.benchmarks import efficiency
from bench.measure import Document
from bench.servers import stub_model

MILLISECONDS = 10.0
OTHER_WEIGHTS = 8
Process = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A second server, if any, and what happens to it when half of the documents are ready."""

    name: str
    second: bool = True
    milliseconds: float = MILLISECONDS
    weights: int = stub_model.WEIGHTS
    happens: Callable[[Process], None] | None = None


def _freeze(process: Process) -> None:
    process.send_signal(signal.SIGSTOP)


CASES = (
    Case("one server", second=False),
    Case("two servers"),
    Case("two, one ten times slower", milliseconds=10 * MILLISECONDS),
    Case("two, one killed in the middle", happens=Process.kill),
    Case("two, one frozen in the middle", happens=_freeze),
    Case("two, one with other weights", weights=OTHER_WEIGHTS),
)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure each case. Return documents per second and the ratio to one server."""
    documents = measure.documents(600 if quick else 2000, efficiency.ONE_CHUNK_CHARACTERS)
    rows = [{"name": case.name, **_measured(case, documents)} for case in CASES]
    return [row | {"ratio": row["per second"] / rows[0]["per second"]} for row in rows]


def _measured(case: Case, documents: list[Document]) -> dict[str, Any]:
    with _servers(case) as (addresses, process), _stack(addresses) as served:
        measure.import_all(served.api, documents)
        with stack.some_workers(served):
            pending, started = measure.until_pending(served.database_url, len(documents) * 9 // 10)
            if process and case.happens:
                measure.until_pending(served.database_url, len(documents) // 2)
                case.happens(process)
            seconds = measure.until_ready(served.database_url) - started
        second = 0 if case.happens else sum(_texts(each) for each in addresses[1:])
        return {"per second": pending / seconds, "texts of the second": second}


@contextmanager
def _servers(case: Case) -> Iterator[tuple[list[str], Process | None]]:
    """Run the servers. Yield their addresses and the second process."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        first, _ = parts.enter_context(stub_model.running(folder, MILLISECONDS))
        if not case.second:
            yield [first], None
            return
        second, process = parts.enter_context(
            stub_model.running(folder, case.milliseconds, case.weights)
        )
        yield [first, second], process


@contextmanager
def _stack(addresses: list[str]) -> Iterator[stack.Stack]:
    environment = {"OLLAMA_HOST": addresses[0], "OLLAMA_HOSTS": ",".join(addresses)}
    with stack.running(environment=environment, workers=0) as served:
        yield served


def _texts(address: str) -> int:
    """Return how many texts a server has embedded."""
    return int(httpx.get(f"{address}/count", trust_env=False).json()["texts"])
