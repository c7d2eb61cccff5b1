"""A small Inkdex of real processes, to be hurt, and to be looked through afterwards."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import redis
from psycopg.rows import DictRow, dict_row

from local import ports, postgres, valkey
from local.service import Service
from shared.domain.chunks import embedded_text
from tests.processes import ROOT, answers, eventually, stop

SETTLE_SECONDS = 30.0
"""15 s by the issue, and as much again for a busy machine: a bound of liveness, not of speed."""
TIME_BOX_SECONDS = 3.0
SIMILAR = 0.999
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
}

Document = dict[str, Any]


@dataclass
class Process:
    """A process that can be hurt and started again, always with the same command."""

    name: str
    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    starts: int = 0
    kept: bool = False
    """Whether somebody starts it again when it dies."""
    _child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def child(self) -> subprocess.Popen[bytes]:
        assert self._child is not None
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.env),
                **self.options,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a deadly signal and wait for the end."""
        self.child.send_signal(number)
        self.child.wait(30)

    def terminate(self) -> float:
        """Ask it to end; return the seconds that took."""
        started = time.monotonic()
        self.kill(signal.SIGTERM)
        return time.monotonic() - started

    def pause(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in the end, whatever state it is in."""
        self.kept = False
        if self._child is not None:
            stop(self._child)


class Redis(Process):
    """A broker of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.broker = valkey.Broker(folder / "valkey", ports.free_port())
        self.broker.prepare()
        super().__init__("valkey", self.broker.service().command, folder, dict(os.environ))

    @property
    def url(self) -> str:
        return self.broker.url

    def start(self) -> None:
        super().start()
        eventually(self.broker.answers, "Valkey answers", 20, self.log)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.flushall()

    def disconnect_everybody(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


class Postgres(Process):
    """A cluster of the test's own: what it has committed survives SIGQUIT."""

    def __init__(self, folder: Path) -> None:
        # Without fsync a crash of the machine would lose data; a crash of the server does not.
        self.cluster = postgres.Cluster(folder / "postgres", ports.free_port(), {"fsync": "off"})
        self.cluster.prepare()
        service: Service = self.cluster.service()
        super().__init__(
            "postgres", service.command, folder, service.env, service.identity.spawn_options()
        )

    @property
    def url(self) -> str:
        return self.cluster.url

    def start(self) -> None:
        super().start()
        eventually(self.cluster.accepts_connections, "PostgreSQL answers", 30, self.log)

    def crash(self) -> None:
        """Stop in immediate mode: every connection breaks, the next start recovers."""
        self.kill(signal.SIGQUIT)

    def stop(self) -> None:
        if self.alive:
            self.kill(signal.SIGQUIT)


class System:
    """N workers and M APIs on three servers, and a ledger of what was written to them."""

    def __init__(self, folder: Path, servers: Mapping[str, str], ollama_url: str) -> None:
        self.folder = folder
        self.env = {**os.environ, "PYTHONUNBUFFERED": "1", **QUICK, **servers}
        self.ollama_url = ollama_url
        """The real model server, to compare with."""
        self.workers: list[Process] = []
        self.apis: list[Process] = []
        self.attempts_seen = 0
        self.slowest_write = 0.0
        self._clients: list[httpx.Client] = []
        self._ledger: dict[str, set[str | None]] = {}
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.start()

    # Processes

    def add_worker(self, *, kept: bool = False, env: Mapping[str, str] | None = None) -> Process:
        """Start a worker, `kept`: and start it again whenever it dies; does not wait for it."""
        worker = self._process("worker", len(self.workers), ["-m", "worker"], env)
        worker.start()
        worker.kept = kept
        self.workers.append(worker)
        return worker

    def add_api(self, env: Mapping[str, str] | None = None) -> Process:
        """Start an API; does not wait for it."""
        port = ports.free_port()
        api = self._process(
            "api", len(self.apis), ["-m", "api"], {"API_PORT": str(port), **(env or {})}
        )
        api.start()
        self.apis.append(api)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False)
        self._clients.append(client)
        return api

    def until_up(self) -> None:
        """Wait until each process works: the APIs answer, the workers have beaten."""
        for api, client in zip(self.apis, self._clients, strict=True):
            url = f"{client.base_url}/livez"
            eventually(partial(answers, url), f"{api.name} is up", 60, api.log)
        for worker in self.workers:
            self.until_beating(worker)

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
                process.child.terminate()
        for process in everybody:
            process.stop()

    def _process(
        self, kind: str, number: int, argv: Sequence[str], env: Mapping[str, str] | None
    ) -> Process:
        command = [sys.executable, *argv]
        return Process(f"{kind}-{number}", command, self.folder, self.env | dict(env or {}))

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

    def leased(self) -> int:
        return len(self.rows("SELECT FROM jobs WHERE lease_until > now()"))

    def pending(self) -> int:
        """Count what is owed, and note how many attempts were counted so far."""
        (row,) = self.rows(
            """
            SELECT coalesce(max(j.attempts), 0) AS attempts, count(*) FILTER (
                WHERE j.failed_at IS NULL AND (j.document_key IS NOT NULL
                    OR e.document_key IS NULL)) AS pending
            FROM documents d LEFT JOIN jobs j ON j.document_key = d.key
            LEFT JOIN embeddings e ON e.document_key = d.key
            """
        )
        self.attempts_seen = max(self.attempts_seen, row["attempts"])
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

    def assert_invariants(self, *, failed: Mapping[str, str] | None = None) -> None:
        """I1 to I3 and I7. `failed`: the documents that are to have failed, and their code."""
        failed = failed or {}
        self._assert_accounted(failed)
        self._assert_fresh()
        self._assert_no_orphans()
        if not failed:
            assert self.attempts_seen == 0, "a server's fault was counted against a document"

    def assert_invariants_after_failures(self) -> None:
        """The same, where attempts were rightly counted and all went well in the end."""
        self.attempts_seen = 0
        self.assert_invariants()

    def expect(self, id_: str, content: str) -> None:
        """Note a document that was accepted by other ways than `put`."""
        self._ledger[id_] = {content}

    def _assert_accounted(self, failed: Mapping[str, str]) -> None:
        stored = {
            row["id"]: row
            for row in self.rows(
                """
                SELECT d.id, d.content, j.document_key IS NOT NULL AS owed, j.failed_at,
                    j.error_code, j.error_message, e.content_hash = d.content_hash AS fresh
                FROM documents d
                LEFT JOIN jobs j ON j.document_key = d.key
                LEFT JOIN embeddings e ON e.document_key = d.key
                """
            )
        }
        assert stored.keys() <= self._ledger.keys(), "documents that nobody wrote"
        for id_, possible in self._ledger.items():
            row = stored.get(id_)
            assert (row and row["content"]) in possible, f"{id_}: lost, or an older text"
            if row is None:
                assert id_ not in failed
                continue
            if id_ in failed:
                assert row["failed_at"], f"{id_} should have failed"
                assert row["error_code"] == failed[id_]
                assert row["error_message"].endswith("."), row["error_message"]
            else:
                assert not row["owed"], f"{id_} is owed still: {row}"
                assert row["fresh"], f"{id_}: the vector is of another text"
        assert not self.rows("SELECT FROM jobs WHERE lease_until IS NOT NULL"), "a lease is left"

    def _assert_fresh(self) -> None:
        rows = self.rows(
            """
            SELECT d.id, d.title, d.content, c.start_offset, c.end_offset, c.embedding::text AS v,
                e.chunks, count(*) OVER (PARTITION BY d.key) AS found
            FROM documents d JOIN embeddings e ON e.document_key = d.key
            LEFT JOIN chunks c ON c.document_key = d.key AND c.model_id = e.model_id
            WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.document_key = d.key)
            """
        )
        texts = [
            embedded_text(row["title"], row["content"][row["start_offset"] : row["end_offset"]])
            for row in rows
        ]
        for row, vector in zip(rows, fresh_embeddings(self.ollama_url, texts), strict=True):
            assert row["chunks"] == row["found"], f"{row['id']} lacks chunks"
            alike = _cosine(json.loads(row["v"]), vector)
            assert alike > SIMILAR, f"{row['id']}: stale vector, {alike:.4f} like its text's"

    def _assert_no_orphans(self) -> None:
        for table in ("chunks", "embeddings", "jobs", "document_texts"):
            orphans = self.rows(
                f"SELECT FROM {table} WHERE document_key NOT IN (SELECT key FROM documents)"
            )
            assert not orphans, f"{table} without documents"
        assert not self.rows(
            "SELECT FROM chunks c WHERE NOT EXISTS (SELECT FROM embeddings e"
            " WHERE (e.document_key, e.model_id) = (c.document_key, c.model_id))"
        )

    def _story(self) -> str:
        parts = [f"jobs: {self.rows('SELECT * FROM jobs LIMIT 3')}"]
        for process in (*self.workers, *self.apis):
            said = process.log.read_text(errors="replace")[-2500:]
            parts.append(
                f"--- {process.name} (starts: {process.starts}, alive: {process.alive})\n{said}"
            )
        return "\n".join(parts)


def fresh_embeddings(ollama_url: str, texts: Sequence[str]) -> list[list[float]]:
    made: list[list[float]] = []
    with httpx.Client(base_url=ollama_url, timeout=120, trust_env=False) as client:
        for start in range(0, len(texts), 32):
            body = {"model": "all-minilm", "input": list(texts[start : start + 32])}
            made += client.post("/api/embed", json=body).raise_for_status().json()["embeddings"]
    return made


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / (math.hypot(*a) * math.hypot(*b))


def texts(prefix: str, count: int) -> dict[str, str]:
    """Documents of a few words, each different."""
    return {
        f"{prefix}-{n}": f"The {prefix} number {n} dries in {n * 7} minutes." for n in range(count)
    }


class Writing:
    """Writes, edits and deletes from a thread of its own until told to stop."""

    def __init__(self, system: System, prefix: str, api: int = 0, pause: float = 0.01) -> None:
        self.system = system
        self.prefix = prefix
        self.accepted = 0
        self.problems: list[str] = []
        self._api = api
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        assert not self.problems, self.problems

    def _run(self) -> None:
        n = 0
        while not self._stopping.wait(self._pause):
            n += 1
            id_ = f"{self.prefix}-{n % 40}"
            try:
                if n % 11 == 0:
                    self.system._ledger.setdefault(id_, {None})
                    self._delete(id_)
                    continue
                response = self.system.put(
                    id_, f"{self.prefix} of {n}, edited {n // 40} times", self._api
                )
                self.accepted += response is not None and response.is_success
            except AssertionError as error:
                self.problems.append(str(error))

    def _delete(self, id_: str) -> None:
        if self.system._ledger[id_] != {None}:
            self.system.delete(id_, self._api)


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
