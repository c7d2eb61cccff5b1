"""A small Inkdex of real processes, to be hurt, and to be looked through afterwards."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import DictRow, dict_row

from local import ports
from tests.support import invariants
from tests.support.processes import answers, eventually
from tests.support.server_processes import Process, WarmProgram

SETTLE_SECONDS = 30.0
"""15 s by the issue, and as much again for a busy machine: a bound of liveness, not of speed."""
TIME_BOX_SECONDS = 5.0
COLLECTION = {"collection": "default"}

QUICK = {
    "EMBEDDING_MODEL": "all-minilm",
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


class System:
    """N workers and M APIs on three servers, and a ledger of what was written to them."""

    def __init__(self, folder: Path, servers: Mapping[str, str], ollama_url: str) -> None:
        self.folder = folder
        self.env = {**os.environ, "PYTHONUNBUFFERED": "1", **QUICK, **servers}
        self.ollama_url = ollama_url
        """The real model server, to compare with."""
        self.workers: list[Process] = []
        self.apis: list[Process] = []
        self.slowest_write = 0.0
        self._clients: list[httpx.Client] = []
        self._ledger: dict[str, set[str | None]] = {}
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    # Processes

    def add_worker(self, *, kept: bool = False, env: Mapping[str, str] | None = None) -> Process:
        """Start a worker, `kept`: and start it again whenever it dies; does not wait for it."""
        worker = self._process("worker", len(self.workers), env)
        worker.start()
        worker.kept = kept
        self.workers.append(worker)
        return worker

    def add_api(self, env: Mapping[str, str] | None = None) -> Process:
        """Start an API; does not wait for it."""
        port = ports.free_port()
        api = self._process("api", len(self.apis), {"API_PORT": str(port), **(env or {})})
        api.start()
        self.apis.append(api)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
        self._clients.append(client)
        return api

    def until_up(self) -> None:
        """Wait until each process works: the APIs answer, the workers have beaten."""
        self.until_answering()
        for worker in self.workers:
            self.until_beating(worker)

    def until_answering(self) -> None:
        """Wait until the APIs do."""
        for api, client in zip(self.apis, self._clients, strict=True):
            url = f"{client.base_url}/livez"
            eventually(partial(answers, url), f"{api.name} is up", 60, api.log)

    def until_beating(self, worker: Process) -> None:
        eventually(
            lambda: bool(self.rows("SELECT FROM workers WHERE name LIKE %s", f"%-{worker.pid}")),
            f"{worker.name} shows that it lives",
            60,
            worker.log,
        )

    def client(self, api: int = 0) -> httpx.Client:
        return self._clients[api]

    def close(self) -> None:
        self._closing.set()
        self._keeper.join()
        for client in self._clients:
            client.close()
        everybody = [*self.workers, *self.apis]
        for process in everybody:
            process.kept = False
            if process.alive:
                process.resume()
                process.child.send_signal(signal.SIGTERM)
        for process in everybody:
            process.stop()

    def _process(self, kind: str, number: int, env: Mapping[str, str] | None) -> Process:
        env = self.env | dict(env or {})
        # A Python that is to start differently can't start from one that has started.
        cold = "PYTHONPATH" in env
        name, folder = f"{kind}-{number}", self.folder
        if cold:
            return Process(name, [sys.executable, "-m", kind], folder, env)
        return WarmProgram(name, [kind], folder, env)

    def _keep(self) -> None:
        """What `make up`, systemd or Kubernetes does: start again what died."""
        while not self._closing.wait(0.1):
            for worker in self.workers:
                if worker.kept and not worker.alive:
                    worker.start()

    # Requests, and a ledger of what they may have led to

    def put(self, id_: str, content: str, api: int = 0) -> httpx.Response | None:
        """Write a document; None if the connection broke, and nobody knows whether it was."""
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
        parts: dict[str, Any] = self.client().get("/readyz").json()
        return parts

    def until_paused(self) -> None:
        """Wait until `/readyz` says that the workers do not claim, and why."""
        eventually(
            lambda: "paused" in self.parts()["worker"]["detail"],
            "/readyz says that the worker is paused",
            20,
            self.workers[0].log,
        )

    def _write(
        self,
        id_: str,
        content: str | None,
        send: Callable[[httpx.Client], httpx.Response],
        api: int,
    ) -> httpx.Response | None:
        possible = self._ledger.setdefault(id_, {None})
        possible.add(content)
        started = time.monotonic()
        try:
            response = send(self.client(api))
        except httpx.TransportError:
            return None
        self.slowest_write = max(self.slowest_write, time.monotonic() - started)
        gone = content is None and response.status_code == 404
        if response.is_success or gone:
            self._ledger[id_] = {content}
        else:
            assert response.status_code == 503, f"{response.status_code}: {response.text}"
        return response

    # What it came to

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[DictRow]]:
        with psycopg.connect(
            self.env["DATABASE_URL"], autocommit=True, row_factory=dict_row, connect_timeout=5
        ) as connection:
            yield connection

    def rows(self, query: str, *params: object) -> list[DictRow]:
        with self.database() as connection:
            return connection.execute(query.encode(), params or None).fetchall()

    def do(self, command: str) -> None:
        """Run a command on the database."""
        with self.database() as connection:
            connection.execute(command.encode())

    def leased(self) -> int:
        return len(self.rows("SELECT FROM jobs WHERE lease_until > now()"))

    def pending(self) -> int:
        """Count what is owed."""
        (row,) = self.rows(
            """
            SELECT count(*) AS pending
            FROM documents d LEFT JOIN jobs j ON j.document_key = d.key
            LEFT JOIN embeddings e ON e.document_key = d.key
            WHERE j.failed_at IS NULL
                AND (j.document_key IS NOT NULL OR e.document_key IS NULL)
            """
        )
        return int(row["pending"])

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
            return self.pending()
        return None

    def assert_invariants(
        self, *, failed: Mapping[str, str] | None = None, blamed: Iterable[str] = ()
    ) -> None:
        """I1 to I3 and I7.

        `failed`: the documents that are to have failed, and their code; `blamed`: those against
        which attempts may have been counted besides.
        """
        failed = failed or {}
        invariants.assert_accounted(self.rows, self._ledger, failed)
        invariants.assert_fresh(self.rows, self.ollama_url)
        invariants.assert_no_orphans(self.rows)
        invariants.assert_blameless(self.rows, {*failed, *blamed})

    def expect(self, id_: str, content: str) -> None:
        """Note a document that was accepted by other ways than `put`."""
        self._ledger[id_] = {content}

    def _story(self) -> str:
        parts = [f"jobs: {self.rows('SELECT * FROM jobs LIMIT 3')}"]
        for process in (*self.workers, *self.apis):
            said = process.log.read_text(errors="replace")[-2500:]
            parts.append(
                f"--- {process.name} (starts: {process.starts}, alive: {process.alive})\n{said}"
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
