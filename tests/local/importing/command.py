"""Runs the real command, against the real API or against one that fails."""

import http.server
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT

COMMAND = [sys.executable, "-m", "local.importing"]

Answer = int | tuple[int, dict[str, Any]]


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
    assert "Traceback" not in done.stderr
    return done.stdout


def jsonl(path: Path, *documents: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" if each else "\n" for each in documents))
    return path


class FailingApi(http.server.ThreadingHTTPServer):
    """Answers each bulk import as `answer` says, and stores the accepted ids.

    `state` is the status of every document, and `asked` the ids whose states were asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accepted: list[str] = []
        self.requests = 0
        self.state = "ready"
        self.asked: list[tuple[str, list[str]]] = []
        self.answer: Callable[[int, list[str]], Answer] = lambda *_: 200
        self.files: list[bytes] = []
        self.takes_files = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reply(self, lines: list[bytes]) -> tuple[int, dict[str, Any]]:
        ids = [json.loads(line)["id"] for line in lines]
        answer = self.answer(self.requests, ids)
        self.requests += 1
        status, body = answer if isinstance(answer, tuple) else (answer, {})
        if status != 200:
            return status, {"detail": "Too much waits already."} | body
        new = [id_ for id_ in ids if id_ not in self.accepted]
        self.accepted += new
        counts = {"accepted": len(new), "unchanged": len(ids) - len(new)}
        return 200, counts | {"rejected": [], "rejected_count": 0}

    def states(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        self.asked.append((body["collection"], body["ids"]))
        error = "The model rejects it." if self.state == "failed" else None
        return [
            {"id": id_, "status": self.state, "error_message": error}
            for id_ in body["ids"]
            if id_ in self.accepted
        ]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FailingApi

    def do_GET(self) -> None:
        if self.path.startswith("/v1/files/"):
            failure = {"message": "The file is protected by a password."}
            is_locked = "locked" in self.path
            status, error = ("failed", failure) if is_locked else ("ready", None)
            self.send(200, {"status": status, "error": error})
        else:
            self.send(200, {"paused_reason": "timeout"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = body.splitlines()
        if self.path.startswith("/v1/files"):
            self.server.files.append(body)
            known: tuple[int, dict[str, Any]] = (202, {"items": [{}], "rejected": []})
            status, answer = known if self.server.takes_files else (404, {"detail": "Not Found"})
            self.send(status, answer)
        elif self.path.startswith("/v1/documents/bulk"):
            self.send(*self.server.reply(lines))
        else:
            self.send(200, {"items": self.server.states(json.loads(lines[0]))})

    def send(self, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Print no log."""
