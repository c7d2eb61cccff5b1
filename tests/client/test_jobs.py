"""The ten jobs of docs/jobs.md, in each of the three ways: what they show is run, and checked."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inkdex import Inkdex
from inkdex.sources.plan import ABSENT_SECONDS

from tests.support.paths import ROOT
from tests.support.pdf_files import pdf
from tests.support.system import System

WAYS = ("curl", "python", "command line")
BLOCK = re.compile(r"^```(?:sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = ["Holidays are requested by letter. " * 20, "Parental leave is a year long. " * 20]
SETUP = """
import json
from pathlib import Path
from urllib.parse import quote
from inkdex import Inkdex, sync_folder
inkdex = Inkdex()
"""


def _jobs() -> dict[str, list[str]]:
    """Return the blocks of each job."""
    text = (ROOT / "docs" / "jobs.md").read_text()
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {each.partition("\n")[0]: BLOCK.findall(each) for each in sections}


JQ = (
    "import json, sys, urllib.parse as u;"
    '[print(u.quote(each["name"], safe="")) for each in json.load(sys.stdin)["items"]]'
)
"""Does what the documentation asks of jq, which few machines have."""
JOBS = _jobs()


def _steps(block: str) -> list[str]:
    """Return the statements or commands, each with the lines that continue it."""
    return re.split(r"(?<![\\|&])\n(?=\S)", block.strip())


@dataclass
class Desk:
    """Where a way of doing the jobs works: a folder with a wiki, and a system of its own."""

    folder: Path
    system: System
    way: str
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bin_ = self.folder / "bin"
        bin_.mkdir()
        (bin_ / "inkdex").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m inkdex "$@"\n')
        (bin_ / "jq").write_text(f"#!/bin/sh\nexec \"{sys.executable}\" -c '{JQ}'\n")
        for program in bin_.iterdir():
            program.chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": f"{bin_}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "client"),
            "INKDEX_URL": str(self.system.client().base_url).rstrip("/"),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }

    @property
    def inkdex(self) -> Inkdex:
        return Inkdex(self.env["INKDEX_URL"])

    def do(self, job: str) -> str:
        """Do a job as the documentation shows it, one step after the other."""
        block = JOBS[job][WAYS.index(self.way)]
        shown = "".join(self._run(each) for each in _steps(block))
        self.settle()
        return shown

    def _run(self, command: str) -> str:
        if self.way == "python":
            *before, last = command.rstrip().split("\n")
            shown = last if last.startswith((" ", "sync_folder")) else f"print({last})"
            code = SETUP + "\n".join([*before, shown])
            arguments = [sys.executable, "-c", code]
        else:
            arguments = ["sh", "-c", command]
        done = subprocess.run(
            arguments,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def settle(self) -> None:
        """Wait until all files are read, and all documents embedded."""
        with self.inkdex as inkdex:
            for name in {"default", *(each.name for each in inkdex.collections.list())}:
                for file in inkdex.files.list(collection=name):
                    inkdex.files.get(file.id, collection=name, wait=30)
        self.system.settle()

    def ids(self, collection: str = "default") -> list[str]:
        with self.inkdex as inkdex:
            return sorted(each.id for each in inkdex.documents.list(collection=collection))

    def a_minute_passes(self) -> None:
        """Make what a sync missed absent for long enough."""
        for file in (self.folder / "state").rglob("*.json"):
            stored: dict[str, Any] = json.loads(file.read_text())
            for each in stored["files"].values():
                if each["absent_since"] is not None:
                    each["absent_since"] -= ABSENT_SECONDS
            file.write_text(json.dumps(stored))


def _import(desk: Desk) -> None:
    assert "wiki/ink.md" in desk.do("Import a wiki, and filter by tag")
    assert desk.ids() == ["wiki/ink.md", "wiki/paper.md", "wiki/quill.md"]


def _sync(desk: Desk) -> None:
    job = "Keep it in sync, with removed files"
    (desk.folder / "wiki" / "quill.md").unlink()
    (desk.folder / "wiki" / "paper.md").write_text("# Paper\n\nPaper is made of rags.\n")
    desk.do(job)
    if desk.way != "curl":  # the others remove what two syncs miss
        desk.a_minute_passes()
        desk.do(job)
    assert desk.ids() == ["wiki/ink.md", "wiki/paper.md"]
    with desk.inkdex as inkdex:
        assert "rags" in inkdex.documents.get("wiki/paper.md").content


def _find_the_page(desk: Desk) -> None:
    shown = desk.do("Find the page of a PDF")
    assert re.search(r"page.{1,20}2|number=2", shown), shown


def _delete_drafts(desk: Desk) -> None:
    with desk.inkdex as inkdex:
        inkdex.documents.bulk(
            {"id": f"draft-{n}", "content": f"Not yet {n}.", "metadata": {"draft": True}}
            for n in range(20)
        )
        inkdex.documents.bulk(
            {"id": f"letter-{n}", "content": f"Dear reader {n}."} for n in range(1, 3)
        )
    desk.do("Delete all drafts")
    assert [each for each in desk.ids() if each.startswith("draft")] == []


def _mark(desk: Desk) -> None:
    desk.do("Mark documents as reviewed")
    with desk.inkdex as inkdex:
        reviewed = inkdex.documents.list(filter={"reviewed": True})
        assert [each.id for each in reviewed] == ["wiki/ink.md"]


def _read_many(desk: Desk) -> None:
    shown = desk.do("Read many documents")
    assert "Dear reader 1." in shown
    assert "Dear reader 2." in shown


def _rename(desk: Desk) -> None:
    before = desk.ids()
    desk.do("Rename a collection")
    assert desk.ids("archive") == before


def _copy(desk: Desk) -> None:
    desk.do("Copy a collection, without embedding it again")
    assert desk.ids("copy") == desk.ids("archive")


def _back_up(desk: Desk) -> None:
    desk.do("Back up all documents")
    lines = (desk.folder / "archive.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["id"] for line in lines) == desk.ids("archive")
    assert all("vectors" in json.loads(line) for line in lines)


def _ask(desk: Desk) -> None:
    assert "wiki/ink.md" in desk.do("Ask, with sources")


CHECKS: tuple[Callable[[Desk], None], ...] = (
    _import,
    _sync,
    _find_the_page,
    _delete_drafts,
    _mark,
    _read_many,
    _rename,
    _copy,
    _back_up,
    _ask,
)


@pytest.mark.parametrize("way", WAYS)
def test_ten_jobs(system: System, tmp_path: Path, way: str) -> None:
    folder = tmp_path / "desk"
    (folder / "wiki").mkdir(parents=True)
    (folder / "wiki" / "ink.md").write_text(
        "---\ntitle: On ink\ntags: [blue]\n---\nIron gall ink takes three minutes to dry.\n"
    )
    (folder / "wiki" / "paper.md").write_text("# Paper\n\nPaper is made of fibres.\n")
    (folder / "wiki" / "quill.md").write_text("# Quills\n\nFeathers were pens.\n")
    (folder / "handbook.pdf").write_bytes(pdf(PAGES))
    desk = Desk(folder, system, way)
    for check in CHECKS:
        check(desk)


def test_each_job_takes_at_most_two_steps() -> None:
    assert len(JOBS) == len(CHECKS) == 10
    for job, blocks in JOBS.items():
        assert len(blocks) == len(WAYS), job
        assert all(len(_steps(block)) <= 2 for block in blocks), job
