"""Runs the real command line with fake programs in place of our own processes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from local import ports
from local.data_directory import DataDirectory
from local.processes import orphans
from tests.support.paths import ROOT

TIMEOUT_SECONDS = 120.0
UNSET_VARIABLES = {
    "DATABASE_URL",
    "REDIS_URL",
    "OLLAMA_HOST",
    "EMBEDDING_MODEL",
    "CHAT",
    "CHAT_MODEL",
    "OLLAMA_CHAT_HOST",
    "DEMO_EXIT",
    "PYTHONDONTWRITEBYTECODE",
}


@dataclass(frozen=True)
class Run:
    """One running `python -m local`."""

    process: subprocess.Popen[bytes]
    log: Path
    data_directory: DataDirectory
    api_port: int

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_for_output(self, text: str) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None)
        assert text in self.output, self.output

    def wait_for_exit(self) -> int:
        return self.process.wait(TIMEOUT_SECONDS)

    def services(self) -> dict[str, psutil.Process]:
        paths = self.data_directory.services.glob("*.json")
        records = {path.stem: orphans.read_record(path) for path in paths}
        leaders = {name: record.leader() for name, record in records.items() if record}
        return {name: process for name, process in leaders.items() if process}


def eventually(condition: Callable[[], object], seconds: float = TIMEOUT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.02)


@dataclass(frozen=True)
class Runs:
    """Starts runs, by default on one data directory, and stops those that a test leaves running."""

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
                [sys.executable, "-m", "tests.local.command_line", command],
                cwd=ROOT,
                env={k: v for k, v in os.environ.items() if k not in UNSET_VARIABLES} | chosen,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        data_directory = DataDirectory(Path(chosen["INKDEX_DATA_DIR"]))
        self.started.append(Run(process, log, data_directory, int(chosen["API_PORT"])))
        return self.started[-1]

    def stop(self) -> None:
        for run in self.started:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()
            orphans.stop_recorded(run.data_directory.services)


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def start(tmp_path: Path, bytecode: Path) -> Iterator[Runs]:
    runs = Runs(tmp_path, bytecode)
    yield runs
    runs.stop()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, bytecode: Path) -> Iterator[Runs]:
    """Starts runs on a data directory on which one is already up."""
    runs = Runs(tmp_path_factory.mktemp("up"), bytecode)
    runs().wait_for_output("Press Ctrl-C to stop it")
    yield runs
    runs.stop()
