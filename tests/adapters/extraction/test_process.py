"""The process that reads a file: its limits, and its end."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.adapters.extraction import process_extractor
from shared.adapters.extraction.process_extractor import ProcessExtractor
from shared.adapters.extraction.records import BEGUN, OUT_OF_MEMORY_EXIT
from shared.config import Settings
from shared.domain.files.parts import ExtractionFailed, FileErrorCode
from tests.support.files import write_large_csv
from tests.support.paths import ROOT

MEGABYTE = 1024 * 1024


def limited(**limits: float) -> ProcessExtractor:
    extractor = ProcessExtractor(Settings())
    extractor._limits = replace(extractor._limits, **limits)  # type: ignore[arg-type]
    return extractor


def failure(extractor: ProcessExtractor, file: Path) -> FileErrorCode:
    with pytest.raises(ExtractionFailed) as raised:
        list(extractor.extract(file, file.name, None))
    return raised.value.code


def reading_process() -> psutil.Process:
    """Return the process that reads a file now. The servers of other tests are children, too."""
    (child,) = [
        each
        for each in psutil.Process().children()
        if "shared.adapters.extraction.child" in each.cmdline()
    ]
    return child


@pytest.fixture
def large(tmp_path: Path) -> Path:
    write_large_csv(tmp_path / "large.csv", 5)
    return tmp_path / "large.csv"


def test_it_has_a_time_limit(large: Path) -> None:
    assert failure(limited(seconds=0.05), large) == FileErrorCode.TIMED_OUT


def test_the_time_of_the_reader_of_parts_does_not_count(large: Path) -> None:
    extractor = limited(seconds=60)
    parts = extractor.extract(large, "large.csv", None)
    next(parts)
    extractor._limits = replace(extractor._limits, seconds=0.01)
    time.sleep(0.1)
    assert len(list(parts)) > 10


def test_it_has_a_limit_of_memory(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("[" + "[]," * 2_500_000 + "[]]\n")
    extractor = limited(memory_bytes=200 * MEGABYTE)
    assert failure(extractor, file) == FileErrorCode.OUT_OF_MEMORY


def test_it_has_a_limit_of_text(large: Path) -> None:
    extractor = limited(text_max_bytes=2 * MEGABYTE)
    assert failure(extractor, large) == FileErrorCode.TOO_LARGE


def test_it_ends_when_nobody_reads_on(large: Path) -> None:
    parts = limited().extract(large, "large.csv", None)
    next(parts)
    child = reading_process()
    parts.close()  # type: ignore[attr-defined]
    assert not child.is_running()


def test_a_process_that_crashes(large: Path) -> None:
    parts = limited().extract(large, "large.csv", None)
    next(parts)
    child = reading_process()
    child.send_signal(11)
    with pytest.raises(ExtractionFailed) as raised:
        list(parts)
    assert raised.value.code == FileErrorCode.UNREADABLE


def test_it_knows_no_secret(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDEX_ADMIN_KEY", "a secret of 32 characters or more")
    parts = limited().extract(large, "large.csv", None)
    next(parts)
    child = reading_process()
    assert set(child.environ()) <= {*process_extractor.KEPT_VARIABLES, "PYTHONUTF8"}
    assert "large" not in " ".join(child.cmdline())
    assert child.nice() >= 5 + os.nice(0) or child.nice() == 19


def test_the_machine_is_to_blame_for_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(limited().extract(tmp_path / "none.md", "none.md", None))


def test_the_machine_is_to_blame_for_a_process_that_cannot_begin(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_extractor, "ROOT", tmp_path)
    with pytest.raises(ChildProcessError, match="status 1"):
        list(limited().extract(large, "large.csv", None))


@pytest.mark.parametrize(
    ("status", "code"),
    [(1, FileErrorCode.UNREADABLE), (OUT_OF_MEMORY_EXIT, FileErrorCode.OUT_OF_MEMORY)],
)
def test_the_file_is_to_blame_once_it_is_read(
    large: Path, monkeypatch: pytest.MonkeyPatch, status: int, code: FileErrorCode
) -> None:
    """Python ends with status 1 also if the memory does not suffice to tell of a failure."""
    begins = f"import os; print({BEGUN.decode()!r}, flush=True); os._exit({status})"
    popen = subprocess.Popen

    def start(_: object, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
        return popen((sys.executable, "-c", begins), **options)

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(ExtractionFailed) as raised:
        list(limited().extract(large, "large.csv", None))
    assert raised.value.code == code


def test_it_reads_on_if_all_processes_are_told_to_stop(large: Path) -> None:
    """The worker stops it, which knows that the file is not to blame."""
    parts = limited().extract(large, "large.csv", None)
    next(parts)
    reading_process().send_signal(signal.SIGTERM)
    assert len(list(parts)) > 10


CONFINED = """
import socket, subprocess, sys
from shared.adapters.extraction.sandbox import confine
confine(1024 ** 3, 10)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", {port}), 1),
    lambda: subprocess.run(["true"]),
    lambda: open("{file}", "w").write("x" * 100_000),
):
    try:
        attempt()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("done")
"""


def test_it_has_no_network_and_writes_no_file(tmp_path: Path) -> None:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as server:
        script = CONFINED.format(port=server.getsockname()[1], file=tmp_path / "out")
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
        )
    assert done.stdout.split() == ["PermissionError", "PermissionError", "OSError"]


def test_a_process_imports_nothing_that_is_for_servers() -> None:
    """Each file would wait for it, and pydantic and psycopg take half a second."""
    code = "import sys; from shared.adapters.extraction import child; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    imported = set(done.stdout.split())
    assert "shared.adapters.extraction.child" in imported
    assert imported.isdisjoint({"shared.config", "pydantic", "psycopg", "httpx", "celery"})
