"""Runs `make import` against an API that is busy, breaks off, or refuses a batch."""

import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.local.importing.command import COMMAND, FailingApi, environment, jsonl, run
from tests.support.paths import ROOT
from tests.support.processes import eventually


def start(api: str, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(api, folder),
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


def test_it_retries_while_the_api_is_busy(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.answer = lambda request, _: {1: 429, 3: 503, 4: 502}.get(request, 200)
    output = run(failing_api.url, tmp_path, str(many), "--no-wait")
    assert failing_api.accepted == [str(n) for n in range(3500)]
    assert "waiting: Too much waits already" in output


def test_an_interrupted_import_resumes(failing_api: FailingApi, many: Path, tmp_path: Path) -> None:
    failing_api.answer = lambda request, _: 200 if request < 2 else 429
    child = start(failing_api.url, tmp_path, str(many))
    eventually(lambda: failing_api.requests > 3, "the import waits", 30)
    assert "Run the command again to continue" in interrupt(child)
    failing_api.answer = lambda *_: 200
    output = run(failing_api.url, tmp_path, str(many))
    assert "Resuming an interrupted import after 2,000 documents" in output
    assert "3,500 accepted" in output
    assert "3,500 ready" in output
    assert failing_api.accepted == [str(n) for n in range(3500)]


def test_what_an_answer_that_broke_off_accepted_is_counted(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    def stop_once(request: int, ids: list[str]) -> int | tuple[int, dict[str, Any]]:
        if request != 1:
            return 200
        failing_api.accepted += ids[:300]
        return 503, {"detail": "The API is stopping.", "import": {"accepted": 300}}

    failing_api.answer = stop_once
    output = run(failing_api.url, tmp_path, str(many), "--no-wait")
    assert "3,500 accepted" in output
    assert "unchanged" not in output


def test_one_line_that_the_api_refuses_does_not_end_the_import(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.answer = lambda _, ids: (
        (422, {"detail": "It is poison.", "import": {"accepted": 0}}) if "1234" in ids else 200
    )
    output = run(failing_api.url, tmp_path, str(many), "--no-wait", status=1)
    assert "3,499 accepted" in output
    assert "line 1235: It is poison" in output
    assert sorted(map(int, failing_api.accepted)) == [n for n in range(3500) if n != 1234]


def test_it_gives_up_if_the_api_refuses_it(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.answer = lambda *_: (421, {"detail": "This host is not allowed."})
    output = run(failing_api.url, tmp_path, str(many), status=1)
    assert "answers 421: This host is not allowed." in output
    assert failing_api.requests == 1


def test_it_waits_for_the_documents_that_it_sent(failing_api: FailingApi, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "some.jsonl",
        {"id": "a", "content": "first"},
        {"id": "b", "content": "second", "collection": "other"},
        {"id": "a", "content": "again"},
    )
    output = run(failing_api.url, tmp_path, str(path), "--collection", "own")
    assert "2 ready" in output
    assert failing_api.asked == [("other", ["b"]), ("own", ["a"])]


def test_it_reports_documents_that_fail_or_disappear(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.state = "failed"
    output = run(failing_api.url, tmp_path, str(many), status=1)
    assert "0 ready" in output
    assert "3,500 failed" in output
    assert "0: The model rejects it." in output


def test_ctrl_c_while_it_waits_says_how_to_go_on(
    failing_api: FailingApi, many: Path, tmp_path: Path
) -> None:
    failing_api.state = "pending"
    child = start(failing_api.url, tmp_path, str(many))
    eventually(lambda: len(failing_api.asked) > 1, "the import waits", 30)
    output = interrupt(child)
    assert "waiting: the workers are paused (timeout). Everything you sent is stored" in output
    assert "No longer waiting. Everything is stored" in output
    failing_api.state = "ready"
    again = run(failing_api.url, tmp_path, str(many))
    assert "3,500 unchanged" in again
    assert "3,500 ready" in again
    assert not list((tmp_path / "data/imports").glob("*.sent"))
