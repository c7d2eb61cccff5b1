"""Prints plain lines for the person who started the stack, in colour on a terminal."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console


class Terminal:
    """Prints lines. If the terminal closes, the stack continues and the output is dropped."""

    def __init__(self) -> None:
        self._console = _PipeSafeConsole(highlight=False, soft_wrap=True, emoji=False)

    def show(self, text: str = "", style: str = "") -> None:
        try:
            self._console.print(text, style=style, markup=False)
        except OSError:
            self._console.quiet = True

    def warn(self, text: str) -> None:
        self.show(f"Warning: {text}", style="yellow")

    def error(self, text: str) -> None:
        self.show(f"Error: {text}", style="red")

    def progress(self, text: str) -> AbstractContextManager[object]:
        """Show a moving indicator for the length of a `with` block, on a terminal only."""
        if self._console.is_terminal and not self._console.quiet:
            return self._console.status(text)
        return nullcontext()


class _PipeSafeConsole(Console):
    def on_broken_pipe(self) -> None:
        """Continue without output. By default, rich ends the program."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
