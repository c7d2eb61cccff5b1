"""What the person who ran `make up` reads: a few plain lines, coloured on a screen."""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

from rich.console import Console


class Terminal:
    """Says things, also to a screen that was closed meanwhile: the stack outlives its reader."""

    def __init__(self) -> None:
        self._console = _PatientConsole(highlight=False, soft_wrap=True, emoji=False)

    def say(self, text: str = "", style: str = "") -> None:
        """Print a line."""
        try:
            self._console.print(text, style=style, markup=False)
        except OSError:
            self._console.quiet = True

    def warn(self, text: str) -> None:
        """Print what works less well than hoped."""
        self.say(f"Warning: {text}", style="yellow")

    def fail(self, text: str) -> None:
        """Print why it can't go on."""
        self.say(f"Error: {text}", style="red")

    def busy(self, text: str) -> AbstractContextManager[object]:
        """Show that something is under way, if anybody can see it move."""
        if self._console.is_terminal and not self._console.quiet:
            return self._console.status(text)
        return nullcontext()


class _PatientConsole(Console):
    def on_broken_pipe(self) -> None:
        """Go on without a reader; rich would end the program."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
