import socket
from http import HTTPStatus

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from local import ports
from shared import __version__
from shared.adapters.observability.metrics_server import Page
from shared.adapters.observability.worker_metrics import WorkerMetrics
from shared.db.kit.schema import REVISION
from shared.domain.documents.document import Lane
from shared.domain.embedding.vectors import Embeddings
from shared.domain.operations.activity import ActivityCounts
from shared.domain.operations.pool_use import PoolUse
from tests.support import loopback
from tests.support.metrics import samples, scrape, value


@pytest.fixture
def metrics() -> WorkerMetrics:
    return WorkerMetrics(50, ActivityCounts())


def metric_value(metrics: WorkerMetrics, name: str, **labels: str) -> float:
    return value(samples(generate_latest(metrics.registry).decode()), name, labels)


def test_an_answer_is_divided_into_stages(metrics: WorkerMetrics) -> None:
    metrics.called(8, Embeddings([], load_seconds=0.5, total_seconds=1.2, tokens=900), 1.5)
    stages = "inkdex_embed_stage_duration_seconds_sum"
    assert metric_value(metrics, stages, stage="load") == pytest.approx(0.5)
    assert metric_value(metrics, stages, stage="inference") == pytest.approx(0.7)
    assert metric_value(metrics, stages, stage="network") == pytest.approx(0.3)
    assert metric_value(metrics, "inkdex_model_texts_total") == 8
    assert metric_value(metrics, "inkdex_model_tokens_total") == 900


def test_the_model_seconds_of_many_tenants_are_bounded(metrics: WorkerMetrics) -> None:
    for number in range(300):
        metrics.model_used(f"t{number}", Lane.BULK, 0.5)
    metrics.model_used("t0", Lane.BULK, 0.5)
    used = "inkdex_model_seconds_total"
    assert metric_value(metrics, used, tenant="t0", lane="bulk") == 1.0
    assert metric_value(metrics, used, tenant="other", lane="bulk") == 125.0


def test_no_stage_is_negative_if_the_server_reports_too_much_time(
    metrics: WorkerMetrics,
) -> None:
    metrics.called(1, Embeddings([], load_seconds=5, total_seconds=1), 0.1)
    for stage in ("load", "inference", "network"):
        assert metric_value(metrics, "inkdex_embed_stage_duration_seconds_sum", stage=stage) >= 0


def test_a_batch_is_counted_from_claim_to_store(metrics: WorkerMetrics) -> None:
    metrics.claimed(Lane.BULK, [1.0, 3.0], taken_over=1, seconds=0.01)
    metrics.embedded(made=3, reused=2)
    metrics.stored(Lane.BULK, [2.0, 4.0], unchanged=1, seconds=0.02)
    metrics.rejected("vector_zero", final=False)
    metrics.rejected("vector_zero", final=True)
    assert metric_value(metrics, "inkdex_document_wait_seconds_sum", lane="bulk") == 4
    assert metric_value(metrics, "inkdex_document_ready_seconds_sum", lane="bulk") == 6
    assert metric_value(metrics, "inkdex_leases_expired_total") == 1
    assert metric_value(metrics, "inkdex_embeddings_total", source="made") == 3
    assert metric_value(metrics, "inkdex_embeddings_total", source="reused") == 2
    assert metric_value(metrics, "inkdex_documents_ready_total", result="unchanged") == 1
    assert metric_value(metrics, "inkdex_documents_ready_total", result="embedded") == 1
    for outcome in ("retried", "failed"):
        assert metric_value(metrics, "inkdex_document_failures_total", outcome=outcome) == 1


def test_unknown_labels_become_other(metrics: WorkerMetrics) -> None:
    for n in range(50):
        metrics.rejected(f"code-{n}", final=True)
        metrics.call_failed(f"reason-{n}")
    assert metric_value(metrics, "inkdex_document_failures_total", reason="other") == 50
    assert metric_value(metrics, "inkdex_model_requests_total", result="other") == 50


def test_the_breaker_metric_follows_its_reason(metrics: WorkerMetrics) -> None:
    reason: list[str | None] = [None]
    metrics.watch_breaker(lambda: reason[0])
    assert metric_value(metrics, "inkdex_breaker_open") == 0
    reason[0] = "timeout"
    assert metric_value(metrics, "inkdex_breaker_open", reason="timeout") == 1
    assert metric_value(metrics, "inkdex_breaker_open") == 1


def test_each_model_server_has_a_metric(metrics: WorkerMetrics) -> None:
    paused = {"http://gpu2"}
    metrics.watch_servers(["http://gpu1", "http://gpu2"], paused.__contains__)
    assert metric_value(metrics, "inkdex_model_server_paused", server="http://gpu1") == 0
    assert metric_value(metrics, "inkdex_model_server_paused", server="http://gpu2") == 1


def test_a_worker_serves_its_metrics_and_accepts_a_port_in_use(metrics: WorkerMetrics) -> None:
    port = ports.free_port()
    metrics.serve({}, "127.0.0.1", port)
    assert value(scrape(f"http://127.0.0.1:{port}/metrics"), "process_open_fds") > 0
    with capture_logs() as logs:
        WorkerMetrics(50, ActivityCounts()).serve({}, "127.0.0.1", port)
    (line,) = logs
    assert line["event"] == "metrics.not_served"
    assert line["port"] == port


def test_port_0_serves_nothing(metrics: WorkerMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", pytest.fail)
    metrics.serve({}, "127.0.0.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_metrics_are_for_prometheus_only(metrics: WorkerMetrics, host: str) -> None:
    port = ports.free_port()
    metrics.serve({}, host, port, {"worker.example.org"})
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics"
    refused = {
        421: {"Host": "evil.example"},
        403: {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    }
    with loopback.client() as client:
        for status, headers in refused.items():
            answer = client.get(url, headers=headers)
            assert answer.status_code == status
            assert "inkdex_" not in answer.text
        served = client.get(url, headers={"Host": "worker.example.org:80"})
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "inkdex_" in served.text


def test_probes_are_answered_beside_the_metrics(metrics: WorkerMetrics) -> None:
    port = ports.free_port()
    pages: dict[str, Page] = {
        "/livez": lambda: (HTTPStatus.OK, {"alive": True}),
        "/readyz": lambda: (HTTPStatus.SERVICE_UNAVAILABLE, {"ready": False}),
    }
    metrics.serve(pages, "127.0.0.1", port)
    with loopback.client() as client:
        url = f"http://127.0.0.1:{port}"
        alive, ready = client.get(f"{url}/livez"), client.get(f"{url}/readyz")
        assert (alive.status_code, alive.json()) == (200, {"alive": True})
        assert (ready.status_code, ready.json()) == (503, {"ready": False})
        assert client.get(f"{url}/livez", headers={"Host": "evil.example"}).status_code == 421
        assert "inkdex_" in client.get(f"{url}/metrics").text


def test_the_page_says_what_runs(metrics: WorkerMetrics) -> None:
    assert metric_value(metrics, "inkdex_build_info", version=__version__, schema=REVISION) == 1


def test_the_pool_of_connections_is_shown(metrics: WorkerMetrics) -> None:
    metrics.watch_pool(lambda: PoolUse(used=3, idle=2, waiting=1))
    for state, connections in {"used": 3, "idle": 2, "waiting": 1}.items():
        found = metric_value(metrics, "inkdex_database_connections", state=state)
        assert found == connections
