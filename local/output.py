"""Prints for the person who runs a command against a running API."""

from rich.console import Console

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def show(text: str = "") -> None:
    console.print(text)


def show_wait(reason: str) -> None:
    console.print(f"  waiting: {reason}", style="yellow")


def show_error(text: str) -> None:
    console.print(text, style="red")
