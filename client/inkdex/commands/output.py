"""What commands print: results on standard output, progress and errors on standard error."""

import argparse
import json
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from inkdex.client import Inkdex
from inkdex.core.requests import encoded
from inkdex.core.retries import Retries

COLUMN_MIN = 8
NAMES = 10
CLEAR_LINE = "\r\x1b[K"


def connect(options: argparse.Namespace, retries: Retries | None = None) -> Inkdex:
    """Return the client of a command."""
    return Inkdex(options.url, options.key, retries=retries)


def complain(text: str) -> None:
    """Print a line on standard error, in place of a progress that is shown there."""
    cleared = CLEAR_LINE if sys.stderr.isatty() else ""
    print(f"{cleared}{printable(text)}", file=sys.stderr)  # noqa: T201


def say(text: str) -> None:
    """Print text that this program made on standard output."""
    print(text)  # noqa: T201


def say_json(value: object) -> None:
    """Print JSON on one line."""
    say(json.dumps(json.loads(encoded(value)), ensure_ascii=False).translate(_SURROGATES))


_SURROGATES = dict.fromkeys(range(55296, 57344), "�")


def printable(text: str) -> str:
    """Return text without what would control a terminal."""
    return "".join(
        each if each in "\n\t" or unicodedata.category(each)[0] != "C" else "�" for each in text
    )


def one_line(value: object) -> str:
    """Return a value as one printable line."""
    return " ".join(printable("" if value is None else str(value)).split())


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows: aligned on a terminal, else with tabs and without a header."""
    lines = [[one_line(each) for each in row] for row in rows]
    if not sys.stdout.isatty():
        for line in lines:
            say("\t".join(line))
        return
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    room = shutil.get_terminal_size().columns - 2 * len(widths)
    while sum(widths) > room and max(widths) > COLUMN_MIN:
        widths[widths.index(max(widths))] -= 1
    for line in [list(header), *lines]:
        say("  ".join(_cut(each, width) for each, width in zip(line, widths, strict=True)).rstrip())


def _cut(text: str, width: int) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def show_skipped(skipped: Mapping[str, Sequence[str]]) -> None:
    """Print how many files are left out for each reason, and some of their names."""
    for reason, paths in sorted(skipped.items()):
        named = ", ".join(map(one_line, paths[:NAMES]))
        more = ", …" if len(paths) > NAMES else ""
        say(f"{len(paths):,} skipped: {reason} ({named}{more})")


class Progress:
    """A line on standard error that counts, if that is a terminal."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._started_at = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Show a count with its rate, and the time that is left if the total is known."""
        rate = done / (time.monotonic() - self._started_at + 1e-9)
        of = f" of {total:,}" if total else ""
        if total and rate:
            minutes, seconds = divmod(round((total - done) / rate), 60)
            note = f", {minutes}:{seconds:02} left"
        self.show(f"{self._verb} {done:,}{of}, {rate:,.0f}/s{note}")

    def show(self, text: str) -> None:
        """Show a text in place of the former one."""
        if sys.stderr.isatty():
            print(f"{CLEAR_LINE}{text}", end="", file=sys.stderr, flush=True)  # noqa: T201
            self._shown = True

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            print(file=sys.stderr)  # noqa: T201
            self._shown = False


def agreed(question: str, options: argparse.Namespace) -> bool:
    """Ask, unless --yes says so; raises ValueError where nobody can answer."""
    if options.yes:
        return True
    if not sys.stdin.isatty():
        raise ValueError(f"{question} Add --yes.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
