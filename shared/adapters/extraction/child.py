"""`python -m shared.adapters.extraction.child`: reads one file, named on its standard input.

It imports what reads such files, confines itself, and only then opens the file.
"""

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from shared.adapters.extraction.limits import ExtractionLimits
from shared.adapters.extraction.records import (
    BEGUN,
    END,
    OUT_OF_MEMORY_EXIT,
    Task,
    packed,
    packed_failure,
)
from shared.adapters.extraction.sandbox import confine
from shared.domain.files.parts import ExtractionFailed, FileErrorCode


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):  # the worker ends this process
        signal.signal(each, signal.SIG_IGN)
    task: Task = json.loads(sys.stdin.buffer.readline())
    limits = ExtractionLimits(**task["limits"])
    module = import_module(f"shared.adapters.extraction.formats.{task['module']}")
    confine(limits.memory_bytes, limits.seconds)
    sink = sys.stdout.buffer
    sink.write(BEGUN + b"\n")
    sink.flush()
    try:
        for part in module.read(Path(task["path"]), task["name"], limits):
            sink.write(packed(part))
            sink.flush()
        sink.write(END)
    except ExtractionFailed as failure:
        sink.write(packed_failure(failure))
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except BrokenPipeError:
        os._exit(0)  # nobody waits for the rest
    except BaseException:  # noqa: BLE001 a library stumbles over the file, or exits
        sink.write(packed_failure(ExtractionFailed(FileErrorCode.UNREADABLE)))
    sink.flush()
    os._exit(0)  # some libraries fail when they clean up


if __name__ == "__main__":
    main()
