"""A client that holds all waits makes room for others."""

import asyncio

import pytest

from shared.domain.documents.document import Status
from shared.domain.operations.client import Client
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.operations.fair_slots import FairSlots
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


async def test_a_wait_that_makes_room_returns_the_document_as_it_is(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    waits = documents._admission.waits = FairSlots(2, "full")
    waiting = [
        asyncio.create_task(
            documents.wait(DocumentRef(named("c"), "a"), 30, Client(address="large"))
        )
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    with waits.holding(Client(address="small")):
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [(await each).status for each in done] == [Status.PENDING]
    for each in rest:
        each.cancel()


async def test_a_wait_that_ends_early_returns_the_last_version(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    waits = documents._admission.waits = FairSlots(2, "full")
    waiting = asyncio.create_task(
        documents.wait(DocumentRef(named("c"), "a"), 30, Client(address="large"))
    )
    await asyncio.to_thread(eventually, lambda: bool(documents._waiter._awaited), "wait")
    await documents.put(new("a", "changed"))
    with waits.holding(Client(address="large")), waits.holding(Client(address="small")):
        assert (await waiting).content == "changed"
