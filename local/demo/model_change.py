"""A step of the demo: it changes the embedding model, and back, while searches run."""

import asyncio
import itertools
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.api import detail
from local.demo.client import Client
from local.migrating.client import Migration
from local.migrating.progress_view import ProgressView
from local.output import console, show, show_error
from local.servers import probes
from local.stack.addresses import Addresses
from local.stack.model_choice import is_same_model
from shared.domain.models.migration import ENDED_STATES, MigrationAction, MigrationState

SECOND_MODELS = ("wordllama", "all-minilm")
"""Small models, the fastest first."""
BEFORE_SECONDS = 3.0
PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.1
QUERY_CHARACTERS = 60


@dataclass(slots=True)
class Searches:
    """Milliseconds of each search, how many failed, and how many used words only."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    degraded: int = 0

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.milliseconds, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """Seconds until searches used the new model, and until they used the former one again."""

    there: float
    back: float


async def change_model(
    client: Client, addresses: Addresses, corpus: Sequence[dict[str, Any]]
) -> bool:
    """Change the model and back. Return whether every search succeeded meanwhile."""
    model = await _second_model(client, addresses)
    if model is None:
        show("\nThe model server has no second model, so the demo does not change the model.")
        return True
    show(f"\nChanging the model to {model} and back, while searches run")
    queries = _queries(corpus)
    before, during = Searches(), Searches()
    async with _searching(client, queries, before):
        await asyncio.sleep(BEFORE_SECONDS)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), _searching(client, queries, during):
            change = await _there_and_back(client, model)
    except (TimeoutError, httpx.HTTPStatusError) as error:
        show_error(f"  The model was not changed: {_reason(error)}")
        return False
    _summarize(before, during, change)
    return not during.failed


def _summarize(before: Searches, during: Searches, change: Change) -> None:
    failed = f"{during.failed:,}" if during.failed else "none"
    degraded = f" ({during.degraded:,} used words only)" if during.degraded else ""
    show(
        f"  {len(during.milliseconds):,} searches ran meanwhile and {failed} failed{degraded}; p95 "
        f"{before.p95:.0f} ms before, {during.p95:.0f} ms during; the change took "
        f"{change.there:.1f} s, the rollback {change.back:.2f} s"
    )


async def _second_model(client: Client, addresses: Addresses) -> str | None:
    """Return another model that the model server has, or None."""
    active = await client.active_model()
    served = await asyncio.to_thread(probes.served_models, addresses.ollama_host) or frozenset()
    return next(
        (
            model
            for model in SECOND_MODELS
            if not is_same_model(model, active) and any(is_same_model(model, s) for s in served)
        ),
        None,
    )


def _queries(corpus: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Return the beginnings of documents, so that nearly every query has to be embedded."""
    beginnings = [each["content"][:QUERY_CHARACTERS] for each in corpus]
    return itertools.cycle(random.Random(1).sample(beginnings, len(beginnings)))  # noqa: S311


@asynccontextmanager
async def _searching(
    client: Client, queries: Iterator[str], searches: Searches
) -> AsyncIterator[None]:
    """Search one query after the other for the length of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(_search(client, queries, searches, stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def _search(
    client: Client, queries: Iterator[str], searches: Searches, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        started = time.perf_counter()
        try:
            result = await client.search(next(queries))
        except httpx.HTTPError:
            searches.failed += 1
        else:
            searches.failed += not result["hits"]
            searches.degraded += result["degraded"] is not None
        searches.milliseconds.append((time.perf_counter() - started) * 1000)


async def _there_and_back(client: Client, model: str) -> Change:
    """Change to a model, roll back, and give up the vectors of that model."""
    with ProgressView(console) as view:
        started = time.perf_counter()
        migration = await client.start_migration(model)
        await _wait_until(client, migration, (MigrationState.SWITCHED,), view)
        switched = time.perf_counter()
        await client.act(migration, MigrationAction.ROLLBACK)
        back = time.perf_counter()
        migration = await client.act(migration, MigrationAction.FINISH)
        await _wait_until(client, migration, ENDED_STATES, view)
    return Change(switched - started, back - switched)


async def _wait_until(
    client: Client, migration: Migration, states: Sequence[MigrationState], view: ProgressView
) -> None:
    view.show(migration)
    while migration["state"] not in states:
        await asyncio.sleep(POLL_SECONDS)
        migration = await client.migration(migration)
        view.show(migration)


def _reason(error: TimeoutError | httpx.HTTPStatusError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return detail(error.response)
    return f"it took more than {PATIENCE_SECONDS:.0f} s"
