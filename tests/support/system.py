"""A small Inkdex of real processes, for tests that break it and check it afterwards."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.support import invariants
from tests.support.process_group import ProcessGroup
from tests.support.processes import eventually
from tests.support.server_processes import Process
from tests.support.system_database import SystemDatabase

SETTLE_SECONDS = 30.0
"""A bound of liveness, not of speed: twice what a quiet machine may need."""
TIME_BOX_SECONDS = 5.0
COLLECTION = {"collection": "default"}

QUICK = {
    "EMBEDDING_MODEL": "all-minilm",
    "INKDEX_API_PROCESSES": "1",
    "INKDEX_DATABASE_TIMEOUT_SECONDS": "5",
    "INKDEX_REDIS_CONNECT_TIMEOUT_SECONDS": "0.5",
    "INKDEX_REDIS_TIMEOUT_SECONDS": "1",
    "INKDEX_QUERY_EMBED_BUDGET_SECONDS": "0.5",
    "INKDEX_EMBED_TIMEOUT_SECONDS": "2",
    "INKDEX_JOB_LEASE_SECONDS": "2",
    "INKDEX_JOB_MAX_ATTEMPTS": "3",
    "INKDEX_JOB_RETRY_BASE_SECONDS": "0.2",
    "INKDEX_JOB_RETRY_CAP_SECONDS": "1",
    "INKDEX_SWEEP_INTERVAL_SECONDS": "0.3",
    "INKDEX_WORKER_METRICS_PORT": "0",
}

Document = dict[str, Any]
Ledger = dict[str, set[str | None]]


class System(ProcessGroup):
    """Workers and APIs on three servers, and a ledger of what was written to them."""

    def __init__(self, folder: Path, env: Mapping[str, str], ollama_url: str) -> None:
        super().__init__(folder, QUICK | dict(env))
        self.database = SystemDatabase(self.env["DATABASE_URL"])
        self.ollama_url = ollama_url
        """The real model server, to compare with."""
        self.ledger: Ledger = {}
        """By id, the contents that a document may have; None: it may be absent."""
        self.slowest_write = 0.0

    # Waiting

    def until_up(self) -> None:
        """Wait until the APIs answer and the workers have sent a heartbeat."""
        self.until_answering()
        for worker in self.workers:
            self.until_alive(worker)

    def until_alive(self, worker: Process) -> None:
        """Wait for the first heartbeat of a worker's current process."""
        query = "SELECT FROM workers WHERE name LIKE %s"
        eventually(
            lambda: bool(self.database.rows(query, f"%-{worker.pid}")),
            f"{worker.name} sends a heartbeat",
            60,
            worker.log,
        )

    def until_paused(self) -> None:
        """Wait until `/readyz` reports that the workers are paused."""
        eventually(
            lambda: "paused" in self.parts()["worker"]["detail"],
            "/readyz reports that the worker is paused",
            20,
            self.workers[0].log,
        )

    def settle(self, seconds: float = SETTLE_SECONDS) -> float:
        """Wait until nothing is pending; return how long that took."""
        started = time.monotonic()
        while (left := self._pending_or_down()) != 0:
            if time.monotonic() - started > seconds:
                raise AssertionError(
                    f"{left} documents pending after {seconds:g} s\n{self._story()}"
                )
            time.sleep(0.05)
        return time.monotonic() - started

    def _pending_or_down(self) -> int | None:
        with suppress(psycopg.OperationalError):
            return self.database.pending()
        return None

    # Requests

    def put(self, id_: str, content: str, api: int = 0) -> httpx.Response | None:
        """Write a document; None if the connection broke, so that nobody knows the outcome."""
        return self._write(
            id_,
            content,
            lambda client: client.put(
                f"/v1/documents/{id_}", params=COLLECTION, json={"content": content}
            ),
            api,
        )

    def delete(self, id_: str, api: int = 0) -> httpx.Response | None:
        return self._write(
            id_, None, lambda client: client.delete(f"/v1/documents/{id_}", params=COLLECTION), api
        )

    def put_all(self, contents: Mapping[str, str]) -> None:
        """Write documents, each of which must be accepted within the time box."""
        for id_, content in contents.items():
            started = time.monotonic()
            response = self.put(id_, content)
            assert response is not None
            assert response.status_code in {200, 201}, response.text
            took = time.monotonic() - started
            assert took < TIME_BOX_SECONDS, f"the write of {id_} took {took:.2f} s"

    def put_in_bulk(self, contents: Mapping[str, str]) -> None:
        """Write documents in one request, each of which must be accepted."""
        body = [{"id": id_, "content": content} for id_, content in contents.items()]
        for id_, content in contents.items():
            self.expect(id_, content)
        answer = self.client().post("/v1/documents/bulk", json=body).raise_for_status().json()
        assert answer["accepted"] == len(contents), answer

    def expect(self, id_: str, content: str) -> None:
        """Record a document that was accepted by other ways than `put`."""
        self.ledger[id_] = {content}

    def get(self, id_: str, **params: Any) -> Document:  # noqa: ANN401
        answer = self.client().get(f"/v1/documents/{id_}", params=COLLECTION | params)
        document: Document = answer.raise_for_status().json()
        return document

    def search(self, q: str, **params: Any) -> Document:  # noqa: ANN401
        """Search; the answer must come within the time box, whatever is broken."""
        started = time.monotonic()
        answer = self.client().get("/v1/search", params={"q": q, **COLLECTION, **params})
        found: Document = answer.raise_for_status().json()
        took = time.monotonic() - started
        assert took < TIME_BOX_SECONDS, f"a search took {took:.2f} s"
        return found

    def parts(self) -> dict[str, Any]:
        """Return the body of `/readyz`: each part and whether it is ok."""
        parts: dict[str, Any] = self.client().get("/readyz").json()
        return parts

    def _write(
        self,
        id_: str,
        content: str | None,
        send: Callable[[httpx.Client], httpx.Response],
        api: int,
    ) -> httpx.Response | None:
        possible = self.ledger.setdefault(id_, {None})
        possible.add(content)
        started = time.monotonic()
        try:
            response = send(self.client(api))
        except httpx.TransportError:
            return None
        self.slowest_write = max(self.slowest_write, time.monotonic() - started)
        gone = content is None and response.status_code == 404
        if response.is_success or gone:
            self.ledger[id_] = {content}
        else:
            assert response.status_code == 503, f"{response.status_code}: {response.text}"
        return response

    # Invariants

    def assert_invariants(
        self, *, failed: Mapping[str, str] | None = None, blamed: Iterable[str] = ()
    ) -> None:
        """Check invariants I1 to I3 and I7 of docs/architecture.md.

        `failed` maps the documents that must have failed to their error codes. Attempts may also
        have been counted against the documents in `blamed`.
        """
        failed = failed or {}
        rows = self.database.rows
        invariants.assert_accounted(rows, self.ledger, failed)
        invariants.assert_fresh(rows, self.ollama_url)
        invariants.assert_no_orphans(rows)
        invariants.assert_counted(rows)
        invariants.assert_blameless(rows, {*failed, *blamed})

    def _story(self) -> str:
        parts = [f"jobs: {self.database.rows('SELECT * FROM jobs LIMIT 3')}"]
        for process in self.processes:
            tail = process.log.read_text(errors="replace")[-2500:]
            parts.append(
                f"--- {process.name} (starts: {process.starts}, alive: {process.alive})\n{tail}"
            )
        return "\n".join(parts)


@contextmanager
def running(
    folder: Path,
    servers: Mapping[str, str],
    ollama_url: str,
    *,
    workers: int = 1,
    apis: int = 1,
    kept: bool = False,
    env: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Run a system for the length of the block, up and healthy at its start."""
    with ExitStack() as stack:
        system = System(folder, {**servers, **(env or {})}, ollama_url)
        stack.callback(system.close)
        for _ in range(workers):
            system.add_worker(kept=kept)
        for _ in range(apis):
            system.add_api()
        system.until_up()
        yield system
