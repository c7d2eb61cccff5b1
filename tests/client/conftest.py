"""Clients of the API under test, and its command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from inkdex import Inkdex
from inkdex.models.documents import Document

from tests.support.paths import ROOT

CommandLine = Callable[..., subprocess.CompletedProcess[str]]

_numbers = count()


@pytest.fixture
def collection() -> str:
    """Return a collection that no other test uses."""
    return f"client-{next(_numbers)}"


@pytest.fixture
def inkdex(api: str) -> Iterator[Inkdex]:
    with Inkdex(api) as client:
        yield client


def embedded(inkdex: Inkdex, id_: str, collection: str) -> Document:
    """Return a document that is ready. The machine may have other work for a while."""
    for _ in range(5):
        document = inkdex.documents.get(id_, collection=collection, wait=20)
        if document.status != "pending":
            break
    assert document.status == "ready", (document, inkdex.stats())
    return document


def run_inkdex(
    url: str, home: Path, *arguments: object, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "client"),
        "INKDEX_URL": url,
        "XDG_STATE_HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, "-m", "inkdex", *map(str, arguments)],
        input=text,
        env=env,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def ten_minutes_pass(home: Path) -> None:
    """Make the last comparison of a source with its server that much older."""
    file = next(home.rglob("*.json"))
    stored = json.loads(file.read_text())
    stored["compared_at"] -= 600
    file.write_text(json.dumps(stored))


@pytest.fixture
def cli(api: str, tmp_path: Path) -> CommandLine:
    """Return a function that runs a command on the API under test."""

    def run(*arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
        return run_inkdex(api, tmp_path / "state", *arguments, text=text)

    return run
