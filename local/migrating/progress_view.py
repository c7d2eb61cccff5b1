"""Shows how far a migration is: a bar on a terminal, plain lines elsewhere."""

import time
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from local.migrating.client import Migration
from local.migrating.sentences import count, counts, speed, state
from shared.domain.models.migration import FILLING_STATES

LINE_SECONDS = 5.0
"""Without a terminal, a line is printed so often at most while the state stays the same."""


class ProgressView:
    """The progress of one migration, for the length of a `with` block."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=None, speed="")
        self._live = Live(console=console, refresh_per_second=4)
        self._printed = ("", float("-inf"))

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.update(self._bar, refresh=True)
            self._live.stop()

    def show(self, migration: Migration) -> None:
        if self._console.is_terminal:
            self._move(migration)
        else:
            self._print(migration)

    def _move(self, migration: Migration) -> None:
        counted, filling = counts(migration), migration["state"] in FILLING_STATES
        self._bar.update(
            self._task,
            description=state(migration),
            completed=counted["embedded" if filling else "total"],
            total=counted["total"],
            speed=", ".join(speed(migration)) if filling else "",
        )
        detail = Text(
            f"  {migration['detail'] or ''}", style="dim", overflow="ellipsis", no_wrap=True
        )
        self._live.update(Group(self._bar, detail), refresh=True)

    def _print(self, migration: Migration) -> None:
        now, (before, printed_at) = time.monotonic(), self._printed
        word = state(migration)
        filling = migration["state"] in FILLING_STATES
        parts = [count(migration) if filling else "", migration["detail"] or ""]
        line = ". ".join(filter(None, [f"  {word}", *parts]))
        if line == before or (before.startswith(f"  {word}") and now - printed_at < LINE_SECONDS):
            return
        self._printed = (line, now)
        self._console.print(line, markup=False)
