"""Runs of the real command line with stand-ins for our own processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from local import leftovers, ports
from local.commands import CHECKOUT
from local.datadir import DataDirectory

PATIENCE_SECONDS = 30.0
IGNORED = {
    "DATABASE_URL",
    "REDIS_URL",
    "OLLAMA_HOST",
    "EMBEDDING_MODEL",
    "DEMO_EXIT",
    "PYTHONDONTWRITEBYTECODE",
}


@dataclass(frozen=True)
class Run:
    """One `python -m local …` under way."""

    process: subprocess.Popen[bytes]
    log: Path
    folders: DataDirectory
    api_port: int

    @property
    def output(self) -> str:
        return self.log.read_text()

    def says(self, text: str) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None)
        assert text in self.output, self.output

    def ends(self) -> int:
        return self.process.wait(PATIENCE_SECONDS)

    def services(self) -> dict[str, psutil.Process]:
        records = {path.stem: leftovers.read(path) for path in self.folders.services.glob("*.json")}
        leaders = {name: record.leader() for name, record in records.items() if record}
        return {name: process for name, process in leaders.items() if process}


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@dataclass(frozen=True)
class Runs:
    """Starts runs, by default all on one data directory, and ends those that a test leaves."""

    folder: Path
    bytecode: Path
    started: list[Run] = field(default_factory=list)

    def __call__(self, command: str = "up", **settings: str) -> Run:
        chosen = {
            "INKDEX_DATA_DIR": str(self.folder / "data"),
            "API_PORT": str(ports.free_port()),
            "FLOWER_PORT": str(ports.free_port()),
            "PYTHONPYCACHEPREFIX": str(self.bytecode),
        } | settings
        log = self.folder / f"run-{len(self.started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.local.drive", command],
                cwd=CHECKOUT,
                env={k: v for k, v in os.environ.items() if k not in IGNORED} | chosen,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        folders = DataDirectory(Path(chosen["INKDEX_DATA_DIR"]))
        self.started.append(Run(process, log, folders, int(chosen["API_PORT"])))
        return self.started[-1]

    def end(self) -> None:
        for run in self.started:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()
            leftovers.stop_noted(run.folders.services)


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def start(tmp_path: Path, bytecode: Path) -> Iterator[Runs]:
    runs = Runs(tmp_path, bytecode)
    yield runs
    runs.end()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, bytecode: Path) -> Iterator[Runs]:
    """Runs on a data directory where one is up already."""
    runs = Runs(tmp_path_factory.mktemp("up"), bytecode)
    runs().says("Ctrl-C stops it")
    yield runs
    runs.end()
