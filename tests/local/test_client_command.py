"""`make import` and `make watch` run commands of the client with the settings of the checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.failing_api import WHOAMI
from tests.support import scripted_server
from tests.support.paths import ROOT
from tests.support.scripted_server import Scripted


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local.client_command", *arguments],
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
            "import",
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


@pytest.mark.parametrize(
    ("name", "example"),
    [("import", "make import FILE=documents.jsonl"), ("watch", "make watch PLACE=wiki")],
)
def test_without_a_place_it_says_what_to_name(name: str, example: str) -> None:
    done = run(name, "")
    assert done.returncode == 1
    assert done.stderr.endswith(f", such as: {example}\n")


def test_a_place_that_cannot_be_watched_is_named(tmp_path: Path) -> None:
    with scripted_server.running() as server:
        server.answers = [Scripted(body=json.dumps(WHOAMI).encode())]
        done = run("watch", str(tmp_path / "none"), INKDEX_API_URL=server.url)
    assert done.returncode == 1
    assert "none is not a folder" in done.stderr


def test_a_wrong_setting_is_named() -> None:
    done = run("import", "documents.jsonl", API_PORT="x")
    assert done.returncode == 1
    assert "API_PORT" in done.stderr
    assert "Traceback" not in done.stderr
