"""`make import` as its user runs it: before the real API, and before one that is in trouble."""

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

from local.importing.sources import JsonLines
from tests.support.processes import ROOT, eventually

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


def test_a_file_and_the_same_again(api: str, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "some documents.jsonl",
        {"id": "a", "title": "A", "content": "Ink dries.", "metadata": {"n": 1}},
        None,
        {"id": "b", "content": " "},
        ["no document"],
        {"content": "A text without an id."},
    )
    said = run(api, tmp_path, str(path), "--collection", "imported")
    assert "2 accepted" in said
    assert "2 rejected" in said
    assert "line 3: content: must not be blank" in said
    assert "line 4: " in said
    assert "all ready" in said
    params = {"collection": "imported"}
    assert httpx.get(f"{api}/v1/documents/a", params=params).json()["status"] == "ready"
    again = run(api, tmp_path, str(path), "--collection", "imported")
    assert "0 accepted" in again
    assert "2 unchanged: nothing of them is embedded again" in again
    assert len(httpx.get(f"{api}/v1/documents", params=params).json()["items"]) == 2


def test_a_file_of_nothing_that_can_be_a_document_fails(api: str, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "bad.jsonl", {"id": "a"}, ["no document"])
    assert "2 rejected" in run(api, tmp_path, str(path), status=1)


def test_a_folder(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "below").mkdir(parents=True)
    (folder / "plain.txt").write_text("Ink dries.")
    (folder / "below" / "page.md").write_text("# On paper\n\nPaper yellows.")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "image.png").write_bytes(b"\x89PNG")
    said = run(api, tmp_path, str(folder), "--collection", "folder", "--no-wait")
    assert "2 accepted" in said
    assert "latin.txt: is not UTF-8" in said
    page = httpx.get(f"{api}/v1/documents/below/page.md", params={"collection": "folder"}).json()
    assert page["title"] == "On paper"
    assert page["metadata"] == {"path": "below/page.md", "format": "markdown"}


def test_a_line_that_is_too_long_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"[1]\n" + b"x" * 9_000_000 + b"\n[2]\n" + b"y" * 9_000_000)
    items = list(JsonLines(path).items(0))
    assert [(item.place, item.line) for item in items] == [
        ("line 1", b"[1]"),
        ("line 2", b""),
        ("line 3", b"[2]"),
        ("line 4", b""),
    ]
    assert [item.problem is None for item in items] == [True, False, True, False]
    assert [item.place for item in JsonLines(path).items(items[1].end)] == ["line 3", "line 4"]


class TroubledApi(http.server.ThreadingHTTPServer):
    """Takes bulk imports as `answer` says, and remembers the ids that it took."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[str] = []
        self.requests = 0
        self.answer: Callable[[int], int] = lambda _: 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: TroubledApi

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        status = self.server.answer(self.server.requests)
        self.server.requests += 1
        body: dict[str, Any] = {"detail": "Too much waits already."}
        if status == 200:
            self.server.taken += [json.loads(line)["id"] for line in lines]
            body = {"accepted": len(lines), "unchanged": 0, "rejected": []}
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def troubled() -> Iterator[TroubledApi]:
    server = TroubledApi()
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


def test_it_is_patient_with_an_api_that_is_busy(
    troubled: TroubledApi, many: Path, tmp_path: Path
) -> None:
    troubled.answer = lambda request: {1: 429, 3: 503, 4: 502}.get(request, 200)
    said = run(troubled.url, tmp_path, str(many), "--no-wait")
    assert troubled.taken == [str(n) for n in range(3500)]
    assert "waiting: Too much waits already" in said


def test_interrupted_it_goes_on_where_it_was(
    troubled: TroubledApi, many: Path, tmp_path: Path
) -> None:
    troubled.answer = lambda request: 200 if request < 2 else 429
    child = subprocess.Popen(
        [*COMMAND, str(many), "--no-wait"],
        cwd=ROOT,
        env=environment(troubled.url, tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: troubled.requests > 3, "it waits", 30)
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=20)
    assert "Run it again to go on" in said
    assert child.returncode == 130
    troubled.answer = lambda _: 200
    said = run(troubled.url, tmp_path, str(many), "--no-wait")
    assert "Going on after 2,000 documents" in said
    assert "3,500 accepted" in said
    assert troubled.taken == [str(n) for n in range(3500)]
