"""Imports into an API that is busy, breaks off, or refuses a batch."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import failing_api
from tests.client.conftest import run_inkdex
from tests.client.failing_api import FailingApi
from tests.support.paths import ROOT
from tests.support.processes import eventually

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def server() -> Iterator[FailingApi]:
    with failing_api.running() as server:
        yield server


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    lines = (json.dumps({"id": str(n), "content": f"Number {n}."}) for n in range(3500))
    path.write_text("\n".join(lines))
    return path


def run(server: FailingApi, path: Path, *more: str, status: int = 0) -> Done:
    done = run_inkdex(server.url, path.parent, "import", path, *more)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def start(server: FailingApi, path: Path, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "inkdex", "import", str(path), "--url", server.url, *more],
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def interrupt(child: "subprocess.Popen[str]") -> str:
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in output
    return output


def test_it_goes_on_when_the_api_is_busy_or_away(server: FailingApi, many: Path) -> None:
    server.answer = lambda request, _: {1: 429, 3: 503, 4: 502, 5: 504}.get(request, 200)
    done = run(server, many)
    assert server.accepted == [str(n) for n in range(3500)]
    assert done.stderr == "Waiting: Too much waits already.\n"


def test_an_interrupted_import_is_run_again(server: FailingApi, many: Path) -> None:
    server.answer = lambda request, _: 200 if request < 2 else 429
    child = start(server, many)
    eventually(lambda: server.requests > 3, "the import waits", 30)
    assert "2,000 are stored. Run the command again to send the rest." in interrupt(child)
    server.answer = lambda *_: 200
    done = run(server, many, "--wait")
    assert done.stdout == "1,500 accepted, 2,000 unchanged, 0 refused\n3,500 ready, 0 failed\n"
    assert server.accepted == [str(n) for n in range(3500)]


def test_what_an_answer_that_broke_off_accepted_is_counted(server: FailingApi, many: Path) -> None:
    def stop_once(request: int, ids: list[str]) -> int | tuple[int, dict[str, Any]]:
        if request != 1:
            return 200
        server.accepted += ids[:300]
        return 503, {"detail": "The API is stopping.", "import": {"accepted": 300, "line": 300}}

    server.answer = stop_once
    assert "3,500 accepted, 0 unchanged" in run(server, many).stdout


def test_what_a_quota_let_in_is_counted(server: FailingApi, many: Path) -> None:
    def fill(request: int, ids: list[str]) -> int | tuple[int, dict[str, Any]]:
        if request != 1:
            return 200
        rejected = [{"line": 7, "id": ids[6], "error": "It is blank."}]
        stopped = {"accepted": 299, "line": 300, "rejected": rejected, "rejected_count": 1}
        return 403, {"detail": "No more documents are allowed.", "import": stopped}

    server.answer = fill
    refusals = many.parent / "refusals"
    done = run(server, many, "--refused", str(refusals), status=1)
    assert "No more documents are allowed." in done.stderr
    assert "1,299 are stored. Run the command again" in done.stderr
    assert json.loads(refusals.read_text())["name"] == "line 1007"


def test_what_was_stored_before_a_halved_batch_is_counted_once(
    server: FailingApi, many: Path
) -> None:
    def refuse(_: int, ids: list[str]) -> int | tuple[int, dict[str, Any]]:
        if ids[0] == "0":
            return 422, {"detail": "It is poison.", "import": {"accepted": 3, "line": 3}}
        if "1234" in ids:
            return 403, {"detail": "Full.", "import": {"accepted": 1, "line": 1}}
        return 200

    server.answer = refuse
    assert "1,001 are stored." in run(server, many, status=1).stderr


def test_one_line_that_the_api_refuses_does_not_end_the_import(
    server: FailingApi, many: Path
) -> None:
    server.answer = lambda _, ids: (
        (422, {"detail": "It is poison.", "import": {"accepted": 0}}) if "1234" in ids else 200
    )
    done = run(server, many, status=1)
    assert "3,499 accepted, 0 unchanged, 1 refused" in done.stdout
    assert "line 1235: It is poison." in done.stderr
    assert sorted(map(int, server.accepted)) == [n for n in range(3500) if n != 1234]


def test_a_server_that_fails_at_every_line_is_not_asked_for_each(
    server: FailingApi, many: Path
) -> None:
    server.answer = lambda *_: 500
    run(server, many, status=1)
    assert server.requests < 100


def test_requests_that_a_proxy_finds_too_large_are_halved(server: FailingApi, many: Path) -> None:
    server.answer = lambda _, ids: 413 if len(ids) > 300 else 200
    assert "3,500 accepted, 0 unchanged, 0 refused" in run(server, many).stdout


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (421, {"detail": "This host is not allowed."}),
        (422, {"detail": "Not so.", "errors": [{"path": ["collection"], "message": "is odd"}]}),
    ],
    ids=["host", "query"],
)
def test_it_gives_up_if_the_api_refuses_it(
    server: FailingApi, many: Path, status: int, body: dict[str, Any]
) -> None:
    server.answer = lambda request, _: (status, body) if request else 200
    done = run(server, many, status=1)
    assert body["detail"] in done.stderr
    assert "1,000 are stored. Run the command again" in done.stderr
    assert server.requests == 2


def test_it_waits_for_the_documents_that_it_sent(server: FailingApi, tmp_path: Path) -> None:
    documents = [
        {"id": "a", "content": "first"},
        {"id": "b", "content": "second", "collection": "other"},
        {"id": "a", "content": "again"},
    ]
    path = tmp_path / "some.json"
    path.write_text(json.dumps(documents))
    assert "2 ready" in run(server, path, "--wait", "--collection", "own").stdout
    assert server.asked == [("other", ["b"]), ("own", ["a"])]


def test_it_names_documents_that_fail(server: FailingApi, many: Path) -> None:
    server.state = "failed"
    done = run(server, many, "--wait", status=1)
    assert "0 ready, 3,500 failed" in done.stdout
    assert "0: The model rejects it." in done.stderr
    assert "3,500 failed in all" in done.stderr


def test_ctrl_c_while_it_waits_says_how_to_go_on(server: FailingApi, many: Path) -> None:
    server.state = "pending"
    child = start(server, many, "--wait")
    eventually(lambda: len(server.asked) > 1, "the import waits", 30)
    output = interrupt(child)
    assert "Waiting: the workers are paused (timeout). What you sent is stored." in output
    assert "No longer waiting. Everything is stored" in output
    server.state = "ready"
    assert "3,500 ready" in run(server, many, "--wait").stdout
