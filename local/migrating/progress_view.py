"""Shows how far a migration is: a bar on a terminal, plain lines elsewhere."""

import time
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from local.migrating.client import Migration
from local.migrating.sentences import count, speed, state

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
        self._shown = ("", float("-inf"))

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
        counts = migration["progress"]
        self._bar.update(
            self._task,
            description=state(migration),
            completed=counts["embedded"],
            total=counts["total"],
            speed=", ".join(speed(migration)),
        )
        detail = Text(f"  {migration['detail'] or ''}", style="dim", overflow="ellipsis")
        self._live.update(Group(self._bar, detail))

    def _print(self, migration: Migration) -> None:
        now, (before, printed_at) = time.monotonic(), self._shown
        word = state(migration)
        if word == before and now - printed_at < LINE_SECONDS:
            return
        self._shown = (word, now)
        detail = f". {migration['detail']}" if migration["detail"] else ""
        self._console.print(f"  {word}: {count(migration)}{detail}", markup=False)
