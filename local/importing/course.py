"""An import's course: batches with a progress bar, a summary, and the wait until all is ready."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from local.importing.checkpoint import Checkpoint, Done
from local.importing.client import Client
from local.importing.sources import Item, Source

BATCH_DOCUMENTS = 1000
BATCH_BYTES = 4 * 1024 * 1024
REJECTED_SHOWN = 20
POLL_SECONDS = 0.5

console = Console(highlight=False)


def tell(reason: str) -> None:
    """Say why nothing moves."""
    console.print(f"  waiting: {reason}", style="yellow", markup=False)


def bar() -> Progress:
    """Return a progress bar that shows the rate in documents and the time left."""
    return Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
    )


def run(source: Source, client: Client, checkpoint: Checkpoint, rejects: Path) -> Done:
    """Send what has not been answered yet; return what became of all of it."""
    done = checkpoint.load()
    if done.position:
        console.print(f"Going on after {done.documents:,} documents of an interrupted import")
    rejects.parent.mkdir(parents=True, exist_ok=True)
    with bar() as shown, rejects.open("a" if done.position else "w") as file:
        task = shown.add_task("importing", total=source.size, completed=done.position, rate="")
        started, before = time.monotonic(), done.documents
        for batch in batches(source.items(done.position)):
            _send(batch, client, done, file)
            checkpoint.save(done)
            rate = (done.documents - before) / (time.monotonic() - started)
            shown.update(task, completed=done.position, rate=f"{rate:,.0f}/s")
        shown.update(task, completed=source.size)
    checkpoint.clear()
    return done


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items in batches that fit into one request."""
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


def _send(batch: list[Item], client: Client, done: Done, rejects: IO[str]) -> None:
    sent = [item for item in batch if item.problem is None]
    report = client.send([item.line for item in sent])
    reasons = {sent[each["line"] - 1].place: each["error"] for each in report["rejected"]}
    reasons |= {item.place: item.problem for item in batch if item.problem is not None}
    for place, reason in reasons.items():
        rejects.write(json.dumps({"place": place, "error": reason}) + "\n")
    rejects.flush()
    done.position = batch[-1].end
    done.accepted += report["accepted"]
    done.unchanged += report["unchanged"]
    done.rejected += len(reasons)


def summarize(done: Done, seconds: float, rejects: Path) -> None:
    """Say what became of the import."""
    console.print(f"  {done.accepted:,} accepted and searchable by their words")
    if done.unchanged:
        console.print(f"  {done.unchanged:,} unchanged: nothing of them is embedded again")
    console.print(f"  {done.rejected:,} rejected")
    with rejects.open() as file:
        for line in itertools.islice(file, REJECTED_SHOWN):
            rejected = json.loads(line)
            console.print(f"    {rejected['place']}: {rejected['error']}", markup=False)
    if done.rejected > REJECTED_SHOWN:
        console.print(f"    all of them: {rejects}")
    console.print(f"  {seconds:.1f} s")


def wait(client: Client) -> None:
    """Show documents become ready until none is pending."""
    most = client.stats()["documents"]["pending"]
    if not most:
        return
    started = time.monotonic()
    with bar() as shown:
        task = shown.add_task("becoming ready", total=most, rate="")
        while pending := (stats := client.stats())["documents"]["pending"]:
            rate = max(0, most - pending) / (time.monotonic() - started + 1e-9)
            paused = stats["paused_reason"]
            moving = f"paused: {paused}" if paused else f"{rate:,.0f}/s"
            shown.update(task, completed=most - pending, rate=moving)
            time.sleep(POLL_SECONDS)
        shown.update(task, completed=most)
    console.print(f"  all ready after {time.monotonic() - started:.0f} s")
