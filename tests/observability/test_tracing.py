import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support import trace_collector as collectors
from tests.support.paths import ROOT
from tests.support.processes import eventually
from tests.support.system import System
from tests.support.system_fixtures import StartSystem
from tests.support.trace_collector import Collector

WRITE = "PUT /v1/documents/{id}"
SEND = "send inkdex.embed_documents"
RUN = "run inkdex.embed_documents"
EMBED = "embeddings all-minilm"
CANARY = "canary7f3a"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collectors.running() as collector:
        yield collector


@pytest.fixture
def system(start_system: StartSystem, collector: Collector) -> System:
    """A system whose rare sweeps leave the work to tasks."""
    return start_system(
        env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "INKDEX_SWEEP_INTERVAL_SECONDS": "60",
        }
    )


def ready(system: System, *ids: str) -> None:
    for id_ in ids:
        assert system.get(id_, wait=20)["status"] == "ready"


def until_collected(collector: Collector, system: System, *names: str) -> None:
    eventually(
        lambda: all(map(collector.named, names)),
        f"{names} in {sorted({span.name for _, span in collector.spans()})}",
        30,
        system.workers[0].log,
    )


def in_trace(collector: Collector, trace_id: bytes) -> dict[str, Span]:
    return {span.name: span for _, span in collector.spans() if span.trace_id == trace_id}


def test_one_trace_from_the_write_to_the_model(system: System, collector: Collector) -> None:
    traces: list[dict[str, Span]] = []

    def write_until_traced() -> bool:
        """Write again: a worker that has just started may find the job before its message."""
        system.put("traced", f"text of {time.monotonic()}")
        ready(system, "traced")
        found = [in_trace(collector, write.trace_id) for write in collector.named(WRITE)]
        traces[:] = [each for each in found if {SEND, RUN, EMBED} <= set(each)]
        return bool(traces)

    eventually(write_until_traced, "one trace", 40, system.workers[0].log)
    trace = traces[0]
    assert trace[SEND].parent_span_id == trace[WRITE].span_id
    assert trace[RUN].parent_span_id == trace[SEND].span_id
    assert trace[EMBED].parent_span_id == trace[RUN].span_id
    assert {name for name, _ in collector.spans()} == {"inkdex-api", "inkdex-worker"}


def test_the_trace_of_a_client_is_continued(system: System, collector: Collector) -> None:
    trace_id, span_id = "ab" * 16, "cd" * 8
    for value in (f"00-{trace_id}-{span_id}-01", "nonsense"):
        headers = {"traceparent": value}
        system.client().get("/v1/stats", headers=headers).raise_for_status()
    eventually(lambda: len(collector.named("GET /v1/stats")) == 2, "two spans", 20)
    first, second = collector.named("GET /v1/stats")
    assert first.trace_id.hex() == trace_id
    assert first.parent_span_id.hex() == span_id
    assert second.trace_id.hex() != trace_id
    assert not second.parent_span_id


def test_writes_that_share_a_message_are_linked(system: System, collector: Collector) -> None:
    ids = [f"shared-{n}" for n in range(6)]
    for id_ in ids:
        system.put(id_, f"text {id_}")
    ready(system, *ids)
    eventually(lambda: len(collector.named(WRITE)) == len(ids), "all writes", 20)
    writes = {span.span_id for span in collector.named(WRITE)}

    def linked() -> set[bytes]:
        sent = collector.named(SEND)
        parents = {span.parent_span_id for span in sent}
        return parents | {link.span_id for span in sent for link in span.links}

    eventually(lambda: writes <= linked(), "each write is parent or link of a message", 20)


def test_traces_hold_no_texts_queries_or_error_messages(
    system: System, collector: Collector
) -> None:
    client = system.client()
    system.put("hidden", f"{CANARY} of a text")
    ready(system, "hidden")
    client.get("/v1/search", params={"q": f"{CANARY} of a query"}).raise_for_status()
    client.post("/v1/search", json={"q": f"{CANARY} of a body"}).raise_for_status()
    client.put("/v1/documents/bad", json={"content": f"{CANARY}\0"})
    client.get("/v1/stats", headers={"baggage": f"a={CANARY}", "user-agent": CANARY})
    until_collected(collector, system, "GET /v1/search", "POST /v1/search", RUN)
    eventually(lambda: len(collector.named(WRITE)) == 2, "both writes", 20)
    everything = b"".join(collector.bodies)
    assert CANARY.encode() not in everything
    assert b"/v1/search" in everything


def test_an_unreachable_collector_has_no_effect(start_system: StartSystem) -> None:
    closed = "http://127.0.0.1:9"
    system = start_system(
        env={"OTEL_EXPORTER_OTLP_ENDPOINT": closed, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    )
    system.put_all({"alone": "a text"})
    ready(system, "alone")
    assert system.apis[0].terminate() < 15
    assert system.workers[0].terminate() < 15


def test_tracing_is_not_imported_without_a_collector() -> None:
    program = (
        "import sys; import worker.tasks; from api.app import create_app; create_app();"
        "worker.tasks.runtime();"
        "print([m for m in sys.modules if m.startswith(('opentelemetry.sdk.trace',"
        " 'opentelemetry.exporter', 'shared.adapters.observability.otlp'))])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
