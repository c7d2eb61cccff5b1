"""Prints for the person who runs a command against a running API."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def show(text: str = "") -> None:
    console.print(text)


def show_wait(reason: str) -> None:
    console.print(f"  waiting: {reason}", style="yellow")


def show_error(text: str) -> None:
    console.print(text, style="red")


def progress_bar() -> Progress:
    """Return a progress bar with the rate and the time left."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )
