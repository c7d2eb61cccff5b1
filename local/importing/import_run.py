"""One import: it sends batches, shows the progress, prints a summary and waits for the end."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from local.importing.checkpoint import Checkpoint, ImportProgress
from local.importing.client import Client
from local.importing.sources import Item, Source

BATCH_DOCUMENTS = 1000
BATCH_BYTES = 4 * 1024 * 1024
REJECTED_SHOWN = 20
POLL_SECONDS = 0.5

console = Console(highlight=False)


def show_wait(reason: str) -> None:
    console.print(f"  waiting: {reason}", style="yellow", markup=False)


def show_error(text: str) -> None:
    console.print(text, style="red", markup=False)


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


def run(source: Source, client: Client, checkpoint: Checkpoint, rejects: Path) -> ImportProgress:
    """Send the documents that have no answer yet. Return the counts of the whole source."""
    progress = checkpoint.load()
    if progress.position:
        console.print(f"Resuming an interrupted import after {progress.documents:,} documents")
    rejects.parent.mkdir(parents=True, exist_ok=True)
    with progress_bar() as bar, rejects.open("a" if progress.position else "w") as file:
        task = bar.add_task("importing", total=source.size, completed=progress.position, rate="")
        started, before = time.monotonic(), progress.documents
        for batch in batches(source.items(progress.position)):
            _send(batch, client, progress, file)
            checkpoint.save(progress)
            rate = (progress.documents - before) / (time.monotonic() - started)
            bar.update(task, completed=progress.position, rate=f"{rate:,.0f}/s")
        bar.update(task, completed=source.size)
    checkpoint.clear()
    return progress


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Group items into batches that fit into one request."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) >= BATCH_DOCUMENTS or size + len(item.line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.line)
    if batch:
        yield batch


def _send(batch: list[Item], client: Client, progress: ImportProgress, rejects: IO[str]) -> None:
    sent = [item for item in batch if item.error is None]
    report = client.send([item.line for item in sent])
    errors = {sent[each["line"] - 1].location: each["error"] for each in report["rejected"]}
    errors |= {item.location: item.error for item in batch if item.error is not None}
    for location, error in errors.items():
        rejects.write(json.dumps({"location": location, "error": error}) + "\n")
    rejects.flush()
    progress.position = batch[-1].end
    progress.accepted += report["accepted"]
    progress.unchanged += report["unchanged"]
    progress.rejected += len(errors)


def summarize(progress: ImportProgress, seconds: float, rejects: Path) -> None:
    """Print the counts and the first rejected documents."""
    console.print(f"  {progress.accepted:,} accepted, and found by a search for their words")
    if progress.unchanged:
        console.print(f"  {progress.unchanged:,} unchanged, and not embedded again")
    console.print(f"  {progress.rejected:,} rejected")
    with rejects.open() as file:
        for line in itertools.islice(file, REJECTED_SHOWN):
            rejected = json.loads(line)
            console.print(f"    {rejected['location']}: {rejected['error']}", markup=False)
    if progress.rejected > REJECTED_SHOWN:
        console.print(f"    The complete list: {rejects}")
    console.print(f"  {seconds:.1f} s")


def wait(client: Client) -> None:
    """Show the progress until no document is pending."""
    total = client.stats()["documents"]["pending"]
    if not total:
        return
    started = time.monotonic()
    with progress_bar() as bar:
        task = bar.add_task("becoming ready", total=total, rate="")
        while pending := (stats := client.stats())["documents"]["pending"]:
            rate = max(0, total - pending) / (time.monotonic() - started + 1e-9)
            paused = stats["paused_reason"]
            text = f"paused: {paused}" if paused else f"{rate:,.0f}/s"
            bar.update(task, completed=total - pending, rate=text)
            time.sleep(POLL_SECONDS)
        bar.update(task, completed=total)
    console.print(f"  all ready after {time.monotonic() - started:.0f} s")
