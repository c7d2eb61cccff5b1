"""The steps of the demo: import, wait, search, compare, change the model, ask."""

import asyncio
import html
import statistics
import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from local.demo.answer import ask
from local.demo.client import Client
from local.demo.corpus import documents
from local.demo.model_change import change_model
from local.demo.naive import DOCUMENTS, naive_search
from local.stack.addresses import Addresses

QUESTIONS = (
    "wait until several threads have finished",
    "compress a file",
    "send an email message",
    "how alike are two texts",
)
STALLED_SECONDS = 180.0
"""The demo gives up if no document becomes ready for so long."""
SNIPPET_CHARACTERS = 76

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds of each search: with a new query, and with the same query again."""

    first: list[float]
    again: list[float]


async def run(addresses: Addresses) -> bool:
    """Run every step. Return whether all of them succeeded."""
    async with Client(addresses.api) as client:
        corpus = documents()
        report = await _import(client, corpus)
        ready = await _wait(client, report["accepted"])
        timings, found = await _search(client)
        await _compare(addresses, timings, corpus)
        changed = await change_model(client, addresses, corpus)
        answered = await ask(client)
        failures = await client.failures()
    for failure in failures[:5]:
        console.print(f"[red]failed:[/] {failure['id']}: {failure['error']['message']}")
    succeeded = ready and found and changed and answered
    return succeeded and not failures and not report["rejected"]


async def _import(client: Client, corpus: list[dict[str, Any]]) -> dict[str, Any]:
    console.print(f"\nImporting {len(corpus):,} docstrings of Python's standard library")
    started = time.perf_counter()
    report = await client.import_documents(corpus)
    seconds = time.perf_counter() - started
    console.print(
        f"  {report['accepted']:,} accepted after {seconds:.1f} s; a search for words finds them"
    )
    if report["unchanged"]:
        console.print(f"  {report['unchanged']:,} unchanged, and not embedded again")
    return report


async def _wait(client: Client, accepted: int) -> bool:
    """Show the progress until every document is ready. Return False if it stalls."""
    columns = (
        TextColumn("  becoming ready"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    started = changed_at = time.monotonic()
    fewest = accepted + 1
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("ready", total=accepted, rate="")
        while (pending := (await client.stats())["documents"]["pending"]) > 0:
            now = time.monotonic()
            done = max(0, accepted - pending)
            progress.update(task, completed=done, rate=f"{done / (now - started + 1e-9):.0f}/s")
            if pending < fewest:
                fewest, changed_at = pending, now
            elif now - changed_at > STALLED_SECONDS:
                state = await client.worker_state()
                console.print(f"[red]{pending} documents are still pending.[/] Worker: {state}")
                return False
            await asyncio.sleep(0.5)
        progress.update(task, completed=accepted)
    if accepted:
        seconds = time.monotonic() - started
        console.print(f"  all ready after {seconds:.0f} s, {accepted / seconds:.0f} per second")
    return True


async def _search(client: Client) -> tuple[Timings, bool]:
    """Search for each question twice. Return the times and whether each found hits by meaning."""
    timings, found = Timings([], []), True
    for question in QUESTIONS:
        first, again = await client.search(question), await client.search(question)
        timings.first.append(first["timings_ms"]["total"])
        timings.again.append(again["timings_ms"]["total"])
        found = found and first["degraded"] is None and len(first["hits"]) > 0
        _show(question, first, timings.first[-1])
    return timings, found


def _show(question: str, result: dict[str, Any], milliseconds: float) -> None:
    console.print(f"\n[bold]{question}[/]  [dim]{milliseconds:.0f} ms[/]")
    for hit in result["hits"]:
        snippet = hit["snippet"].replace("\n", " ")[: SNIPPET_CHARACTERS * 2]
        line = Text("  ").append(hit["document"]["id"], style="cyan").append("  ")
        console.print(line.append(_highlighted(snippet)), overflow="ellipsis", no_wrap=True)


def _highlighted(snippet: str) -> Text:
    text = Text()
    for number, part in enumerate(snippet.replace("</mark>", "<mark>").split("<mark>")):
        text.append(html.unescape(part), style="bold" if number % 2 else "")
    return text


async def _compare(addresses: Addresses, timings: Timings, corpus: list[dict[str, Any]]) -> None:
    texts = [f"{each['title']}\n\n{each['content']}" for each in corpus[:DOCUMENTS]]
    with console.status(f"  Naive search: embedding {DOCUMENTS} documents for one query"):
        naive = await naive_search(
            addresses.ollama_host, addresses.embedding_model, QUESTIONS[0], texts
        )
    table = Table("search", "documents", "milliseconds", "", box=None, padding=(0, 2))
    table.columns[1].justify = table.columns[2].justify = table.columns[3].justify = "right"
    rows = [
        ("naive: embeds every document", DOCUMENTS, naive * 1000),
        ("Inkdex: embeds the query", len(corpus), statistics.median(timings.first)),
        ("Inkdex: repeats a query", len(corpus), statistics.median(timings.again)),
    ]
    for name, size, milliseconds in rows:
        faster = f"{naive * 1000 / milliseconds:,.0f}x" if milliseconds < naive * 1000 else ""
        table.add_row(name, f"{size:,}", f"{milliseconds:,.1f}", faster)
    console.print("\nMeasured in this run:")
    console.print(table)
