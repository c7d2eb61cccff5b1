"""Runs `make migrate-model` against the real API, and against one that never gets ready."""

import http.server
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from local.migrating.progress_view import ProgressView
from local.model_server import names
from tests.support.paths import ROOT
from tests.support.processes import eventually

COMMAND = [sys.executable, "-m", "local.migrating"]
MODEL = {"id": 1, "name": "small", "dimensions": 384, "chunk_tokens": 256}
FILLING: dict[str, Any] = {
    "id": 7,
    "collection": "notes",
    "state": "filling",
    "paused": False,
    "from": MODEL,
    "to": MODEL | {"id": 2, "name": "large"},
    "cutover": "auto",
    "detail": None,
    "preflight": {
        "documents": 3000,
        "chunks": 4100,
        "chunks_per_second": 20.0,
        "seconds": 205.0,
        "dimensions": 1024,
        "context_tokens": 512,
        "table_bytes": 8_800_000,
        "index_bytes": 10_000_000,
        "assumed": "No prefixes are known for large.",
    },
    "progress": {
        "total": 3000,
        "embedded": 1200,
        "pending": 1797,
        "failed": 3,
        "failures": {"too_long": 3},
        "documents_per_second": 15.0,
        "seconds_left": 120.0,
        "index": "valid",
    },
    "comparison": None,
    "actions": ["pause", "cutover", "abort"],
    "rollback_until": None,
}


def environment(api: str) -> dict[str, str]:
    return {**os.environ, "INKDEX_API_URL": api}


def migrate(api: str, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(api),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


class SlowApi(http.server.ThreadingHTTPServer):
    """Has one migration, which never ends by itself. The first `failing` reads fail."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.migration = FILLING
        self.failing = 0
        self.reads = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: SlowApi

    def do_GET(self) -> None:
        if self.path.endswith("/migrations"):
            self.send(200, {"items": [self.server.migration]})
            return
        self.server.reads += 1
        if self.server.reads <= self.server.failing:
            self.send(503, {"detail": "PostgreSQL does not answer."})
        else:
            self.send(200, self.server.migration)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send(409, {"type": "urn:inkdex:migration-running", "detail": "One runs already."})

    def send(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Print no log."""


@pytest.fixture
def slow_api() -> Iterator[SlowApi]:
    server = SlowApi()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def watch(slow_api: SlowApi, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [*COMMAND, "large", "--collection", "notes"],
            cwd=ROOT,
            env=environment(slow_api.url),
            stdout=output,
        )


def write(api: str, collection: str) -> None:
    for id_ in ("a", "b"):
        path = f"{api}/v1/documents/{id_}"
        body = {"content": f"Ink dries, page {id_}."}
        httpx.put(path, params={"collection": collection}, json=body).raise_for_status()
        query: dict[str, str | int] = {"collection": collection, "wait": 10}
        assert httpx.get(path, params=query, timeout=30).json()["status"] == "ready"


needs_second_model = pytest.mark.skipif(
    bool(names.missing()), reason="the local model server has one model here"
)


@needs_second_model
def test_there_and_back(api: str) -> None:
    collection = "migrated"
    of = ("--collection", collection)
    write(api, collection)
    output = migrate(api, "wordllama", *of, "--cutover", "manual")
    assert "from all-minilm to wordllama" in output
    assert "2 documents, about 2 chunks" in output
    assert "wordllama is ready." in output
    assert "ACTION=cutover" in output
    assert "Searches of the collection migrated use wordllama" in migrate(
        api, *of, "--action", "cutover"
    )
    assert "Until 2" in migrate(api, *of, "--action", "status")
    refused = migrate(api, "all-minilm", *of, status=1)
    assert "runs, or can be rolled back" in refused
    output = migrate(api, *of, "--action", "rollback")
    assert "use all-minilm." in output
    assert "delete the vectors of wordllama now" in output
    migrate(api, *of, "--action", "finish")
    deadline = time.monotonic() + 30
    while ", undone" not in migrate(api, *of, "--action", "status"):
        assert time.monotonic() < deadline


def test_the_api_says_what_is_wrong(api: str) -> None:
    assert "does not have the model 'nope'" in migrate(api, "nope", status=1)
    assert "Name the new model" in migrate(api, "--collection", "empty", status=1)
    output = migrate(api, "--collection", "empty", "--action", "rollback", status=1)
    assert "No migration of the collection empty runs." in output
    assert "Is `make up` running?" in migrate("http://127.0.0.1:9", "nope", status=1)


def test_ctrl_c_stops_watching_only(slow_api: SlowApi, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = watch(slow_api, log)
    eventually(lambda: slow_api.reads > 0, "the migration is watched", log=log)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    output = log.read_text()
    assert "3,000 documents, about 4,100 chunks" in output
    assert "about 3 min, at 20 chunks a second" in output
    assert "about 19 MB more on the disk" in output
    assert "assumed: No prefixes are known for large." in output
    assert "embedding. 1,200 of 3,000 documents, 15/s, 2 min left" in output
    assert "No longer watching. The migration goes on." in output


def test_it_watches_on_after_an_outage(slow_api: SlowApi, tmp_path: Path) -> None:
    slow_api.failing = 1
    slow_api.migration = FILLING
    log = tmp_path / "log"
    process = watch(slow_api, log)
    eventually(lambda: slow_api.reads > 1, "the migration is watched again", log=log)
    switched = {"state": "switched", "switched_at": "2026-11-27T16:00:00Z", "actions": ["finish"]}
    slow_api.migration = FILLING | switched
    assert process.wait(10) == 0
    output = log.read_text()
    assert output.count("waiting: PostgreSQL does not answer") == 1
    assert "3 failed: too_long 3" in output
    assert "ACTION=finish    to delete the vectors of small now" in output


def test_a_terminal_shows_a_bar() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with ProgressView(console) as view:
        view.show(FILLING | {"detail": "1,797 documents are still to be embedded."})
        view.show(FILLING | {"state": "switched"})
    assert "1200/3000 15/s, 2 min left" in screen.getvalue()
    assert "1,797 documents are still to be embedded." in screen.getvalue()
    assert "switched" in screen.getvalue()
    assert "3000/3000" in screen.getvalue()
