"""Runs `make import` against the real API and against a failing one."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.importing.json_sources import JsonLines
from tests.support.paths import ROOT
from tests.support.processes import eventually

COMMAND = [sys.executable, "-m", "local.importing"]


def environment(api: str, folder: Path) -> dict[str, str]:
    return {**os.environ, "INKDEX_API_URL": api, "INKDEX_DATA_DIR": str(folder / "data")}


def run(api: str, folder: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(api, folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def jsonl(path: Path, *documents: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" if each else "\n" for each in documents))
    return path


def test_a_file_and_the_same_file_again(api: str, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "some documents.jsonl",
        {"id": "a", "title": "A", "content": "Ink dries.", "metadata": {"n": 1}},
        None,
        {"id": "b", "content": " "},
        ["no document"],
        {"content": "A text without an id."},
    )
    output = run(api, tmp_path, str(path), "--collection", "imported")
    assert "2 accepted" in output
    assert "2 rejected" in output
    assert "line 3: content: must not be blank" in output
    assert "line 4: " in output
    assert "all ready" in output
    params = {"collection": "imported"}
    assert httpx.get(f"{api}/v1/documents/a", params=params).json()["status"] == "ready"
    repeated = run(api, tmp_path, str(path), "--collection", "imported")
    assert "0 accepted" in repeated
    assert "2 unchanged, and not embedded again" in repeated
    assert len(httpx.get(f"{api}/v1/documents", params=params).json()["items"]) == 2


def test_a_file_without_a_valid_document_fails(api: str, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "bad.jsonl", {"id": "a"}, ["no document"])
    assert "2 rejected" in run(api, tmp_path, str(path), status=1)


def test_a_folder(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "below").mkdir(parents=True)
    (folder / "plain.txt").write_text("Ink dries.")
    (folder / "below" / "page.md").write_text("# On paper\n\nPaper yellows.")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "image.png").write_bytes(b"\x89PNG")
    output = run(api, tmp_path, str(folder), "--collection", "folder", "--no-wait")
    assert "2 accepted" in output
    assert "latin.txt: is not UTF-8" in output
    page = httpx.get(f"{api}/v1/documents/below/page.md", params={"collection": "folder"}).json()
    assert page["title"] == "On paper"
    assert page["metadata"] == {"path": "below/page.md", "format": "markdown"}


def test_a_line_that_is_too_long_affects_no_other(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"[1]\n" + b"x" * 9_000_000 + b"\n[2]\n" + b"y" * 9_000_000)
    items = list(JsonLines(path).items(0))
    assert [(item.location, item.line) for item in items] == [
        ("line 1", b"[1]"),
        ("line 2", b""),
        ("line 3", b"[2]"),
        ("line 4", b""),
    ]
    assert [item.error is None for item in items] == [True, False, True, False]
    assert [item.location for item in JsonLines(path).items(items[1].end)] == ["line 3", "line 4"]


class FailingApi(http.server.ThreadingHTTPServer):
    """Answers each bulk import with the status of `answer`, and stores the accepted ids."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[str] = []
        self.requests = 0
        self.answer: Callable[[int], int] = lambda _: 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FailingApi

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        status = self.server.answer(self.server.requests)
        self.server.requests += 1
        body: dict[str, Any] = {"detail": "Too much waits already."}
        if status == 200:
            self.server.accepted += [json.loads(line)["id"] for line in lines]
            body = {"accepted": len(lines), "unchanged": 0, "rejected": []}
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Print no log."""


@pytest.fixture
def failing_api() -> Iterator[FailingApi]:
    server = FailingApi()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return jsonl(
        tmp_path / "many.jsonl", *({"id": str(n), "content": f"Number {n}."} for n in range(3500))
    )


def test_it_retries_while_the_api_is_busy(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.answer = lambda request: {1: 429, 3: 503, 4: 502}.get(request, 200)
    output = run(failing_api.url, tmp_path, str(many), "--no-wait")
    assert failing_api.accepted == [str(n) for n in range(3500)]
    assert "waiting: Too much waits already" in output


def test_an_interrupted_import_resumes(failing_api: FailingApi, many: Path, tmp_path: Path) -> None:
    failing_api.answer = lambda request: 200 if request < 2 else 429
    child = subprocess.Popen(
        [*COMMAND, str(many), "--no-wait"],
        cwd=ROOT,
        env=environment(failing_api.url, tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: failing_api.requests > 3, "the import waits", 30)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=20)
    assert "Run the command again to continue" in output
    assert child.returncode == 130
    failing_api.answer = lambda _: 200
    output = run(failing_api.url, tmp_path, str(many), "--no-wait")
    assert "Resuming an interrupted import after 2,000 documents" in output
    assert "3,500 accepted" in output
    assert failing_api.accepted == [str(n) for n in range(3500)]
