"""The sweep embeds documents that no wake-up reached."""

import asyncio
import threading
import time

import pytest

from shared.domain.documents.document import Lane, Status
from shared.domain.documents.listing import Listing
from shared.domain.models.embedding_model import FINGERPRINT_TEXT
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import (
    RecordedWakeUps,
    WorkerHarness,
    new,
)

pytestmark = pytest.mark.anyio


async def _import(documents: DocumentService, count: int) -> None:
    with documents.bulk_import(count) as bulk:
        for n in range(count):
            await bulk.add(new(f"bulk{n}", f"bulk {n}"))
        await bulk.flush()


async def test_sweep_wakes_a_stalled_lane_then_embeds_it_itself(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await documents.put(new("a"))
    wake_ups.sent.clear()
    harness.sweep.sweep()
    assert wake_ups.sent == [(Lane.INTERACTIVE, [])]
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.PENDING
    harness.sweep.sweep()
    assert (await documents.get(DocumentRef(named("c"), "a"))).status is Status.READY


async def test_sweep_without_a_broker_embeds_at_once(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    for n in range(20):
        await documents.put(new(f"d{n}"))
    wake_ups.reachable = False
    harness.sweep.sweep()
    page = await documents.page(Listing(named("c"), Status.PENDING))
    assert page.documents == []


async def test_sweep_without_a_broker_alternates_between_lanes(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await _import(documents, 80)
    await documents.put(new("single", "single"))
    wake_ups.reachable = False
    harness.embedder.calls.clear()
    await asyncio.to_thread(harness.sweep.sweep)
    order = [text for call in harness.embedder.calls for text in call if text != FINGERPRINT_TEXT]
    assert len(order) == 81
    assert order.index("single") < len(order) // 2


async def test_what_is_written_while_a_sweep_embeds_an_import_need_not_wait_for_its_end(
    harness: WorkerHarness, documents: DocumentService, wake_ups: RecordedWakeUps
) -> None:
    harness.model.verified()
    await _import(documents, 200)
    wake_ups.reachable = False
    begun, is_written = threading.Event(), threading.Event()

    def embed_slowly() -> None:
        begun.set()
        is_written.wait(60)
        time.sleep(0.5)

    harness.embedder.calls.clear()
    harness.embedder.on_embed = embed_slowly
    sweeping = asyncio.create_task(asyncio.to_thread(harness.sweep.sweep))
    assert await asyncio.to_thread(begun.wait, 60)
    wake_ups.reachable = True
    await documents.put(new("late", "late"))
    is_written.set()
    await sweeping
    order = [text for call in harness.embedder.calls for text in call]
    assert order.index("late") < len(order) - 1
