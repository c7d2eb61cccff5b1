"""`make import` runs the client's command with the settings of the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.client.failing_api import WHOAMI
from tests.support import scripted_server
from tests.support.paths import ROOT
from tests.support.scripted_server import Scripted


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local.importing", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_has_the_address_and_the_key_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_text('{"id": "a", "content": "Ink."}\nnot json\n')
    with scripted_server.running() as server:
        accepted = Scripted(body=b'{"accepted": 1}')
        server.answers = [Scripted(body=json.dumps(WHOAMI).encode()), accepted]
        done = run(
            str(path),
            "--collection",
            "c",
            INKDEX_API_URL=server.url,
            INKDEX_API_KEY="secret",
            INKDEX_DATA_DIR=str(tmp_path / "data"),
            HTTP_PROXY="http://127.0.0.1:9",
        )
    assert "1 accepted, 0 unchanged, 1 refused" in done.stdout, done.stderr
    assert done.returncode == 1
    assert [each.path for each in server.received] == [
        "/v1/whoami",
        "/v1/documents/bulk?collection=c",
    ]
    assert {each.headers["authorization"] for each in server.received} == {"Bearer secret"}
    refused = (tmp_path / "data" / "imports" / "refused.jsonl").read_text()
    assert json.loads(refused)["name"] == "line 2"


def test_without_a_file_it_says_what_to_name() -> None:
    done = run("")
    assert done.returncode == 1
    assert done.stderr == "Name a file or a folder, such as: make import FILE=documents.jsonl\n"


def test_a_wrong_setting_is_named() -> None:
    done = run("documents.jsonl", API_PORT="x")
    assert done.returncode == 1
    assert "API_PORT" in done.stderr
    assert "Traceback" not in done.stderr
