"""`python -m shared.adapters.lexing`: lexes the documents that come on standard input.

It stops when its input ends, because the process that started it has ended then. Until then it
also outlives signals to the whole process group.
"""

import json
import os
import signal
import sys

from shared.adapters.lexing.frames import LENGTH, packed
from shared.domain.search.lexing.documents import Lexed, lexed

NICENESS = 5
"""Searches and short writes go first if processor time is short."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(LENGTH.size):
        rows = json.loads(source.read(*LENGTH.unpack(header)))
        sink.write(packed(_lexed(*row) for row in rows))
        sink.flush()


def _lexed(language: str, id_: str, title: str | None, content: str) -> Lexed:
    return lexed(language, id_, title, content)


if __name__ == "__main__":
    main()
