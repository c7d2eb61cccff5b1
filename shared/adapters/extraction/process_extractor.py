"""Reads each file in a process of its own, which is ended when the file is read."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.adapters.extraction import kinds
from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.records import (
    BEGUN,
    OUT_OF_MEMORY_EXIT,
    RECORD_MAX_BYTES,
    Task,
    unpacked,
)
from shared.config import Settings
from shared.domain.files.parts import ExtractionFailed, ExtractorVersion, FileErrorCode, Part

ROOT = Path(__file__).resolve().parents[3]
READ_BYTES = 64 * 1024
EXIT_SECONDS = 5.0
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
"""All others may hold secrets."""
_ENDINGS = {
    OUT_OF_MEMORY_EXIT: FileErrorCode.OUT_OF_MEMORY,
    -signal.SIGKILL: FileErrorCode.OUT_OF_MEMORY,
    -signal.SIGXCPU: FileErrorCode.TIMED_OUT,
}
"""Only the kernel kills the process while its file is read."""


class ProcessExtractor:
    """Implements `shared.ports.extraction.Extractor`."""

    def __init__(self, settings: Settings) -> None:
        self._limits = _limits(settings)

    def extractor_of(self, name: str, media_type: str | None) -> ExtractorVersion:
        return kinds.extractor_of(name, media_type)

    def extract(self, file: Path, name: str, media_type: str | None) -> Iterator[Part]:
        kind = kinds.kind_of(name, media_type, _head(file))
        path, limits = str(file.resolve()), self._limits.as_json()
        task = Task(path=path, name=name, module=kind.module, limits=limits)
        with _process(task) as process:
            yield from self._parts(process)

    def _parts(self, process: subprocess.Popen[bytes]) -> Iterator[Part]:
        """Yield the parts of a file that has some."""
        size = 0
        lines = _lines(process, self._limits.seconds)
        if next(lines, None) != BEGUN:
            raise _not_begun(process)
        for line in lines:
            part = unpacked(line)
            if part is None:
                break
            size += len(part.text.encode())
            if size > self._limits.text_max_bytes:
                message = f"The file has more text than {self._limits.text_max_bytes:,} bytes."
                raise ExtractionFailed(FileErrorCode.TOO_LARGE, message)
            yield part
        else:
            raise _ended(process)
        if not size:
            raise ExtractionFailed(FileErrorCode.EMPTY)


def _limits(settings: Settings) -> ExtractionLimits:
    return ExtractionLimits(
        settings.extract_seconds,
        settings.extract_memory_bytes,
        settings.extract_pages_max,
        settings.extract_text_max_bytes,
    )


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(kinds.HEAD_BYTES)


@contextmanager
def _process(task: Task) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process for a file, and end it in any case."""
    variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    process = subprocess.Popen(
        (sys.executable, "-m", "shared.adapters.extraction.child"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a traceback could quote the text
        cwd=ROOT,
        env=variables | {"PYTHONUTF8": "1"},
        start_new_session=True,
    )
    try:
        _ask(process, task)
        yield process
    finally:
        process.kill()
        process.communicate()


def _ask(process: subprocess.Popen[bytes], task: Task) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:  # it ended, and its exit status says why
        return


def _lines(process: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
    """Yield the lines of a process. The time between them is limited as a whole."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    buffer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            started = time.monotonic()
            if not selector.select(seconds):
                raise ExtractionFailed(FileErrorCode.TIMED_OUT)
            block = os.read(descriptor, READ_BYTES)
            seconds -= time.monotonic() - started
            if not block:
                return
            if seconds <= 0:
                raise ExtractionFailed(FileErrorCode.TIMED_OUT)
            buffer += block
            if b"\n" in block:
                *lines, rest = bytes(buffer).split(b"\n")
                buffer = bytearray(rest)
                yield from lines
            elif len(buffer) > RECORD_MAX_BYTES:
                raise ExtractionFailed(FileErrorCode.UNREADABLE)


def _not_begun(process: subprocess.Popen[bytes]) -> ChildProcessError:
    """No file is to blame: the process could not import what it needs, or was ended early."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(EXIT_SECONDS)
    status = process.returncode
    return ChildProcessError(f"The process that reads files did not begin: status {status}.")


def _ended(process: subprocess.Popen[bytes]) -> ExtractionFailed:
    """Return why a process ended without a word."""
    try:
        status = process.wait(EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        return ExtractionFailed(FileErrorCode.TIMED_OUT)
    return ExtractionFailed(_ENDINGS.get(status, FileErrorCode.UNREADABLE))
