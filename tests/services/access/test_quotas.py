"""Quotas hold up to what other processes are storing, and never refuse what takes less."""

import asyncio
import json
from collections.abc import Callable

import pytest
from psycopg.types.json import Jsonb

from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.db.access import usage
from shared.db.kit.pool import AsyncDatabase, Database
from shared.domain.access.limits import Limits, Usage
from shared.domain.access.quotas import size_of
from shared.domain.access_errors import QuotaExceeded
from shared.domain.documents.document import NewDocument
from shared.domain.documents.validation import DocumentLimits
from shared.domain.documents.writes import WriteMode
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.ports.meters import ApiMeter
from shared.services.access import allowances
from shared.services.access.allowances import Allowances
from shared.services.access.quotas import TenantQuotas
from shared.services.documents.admission import Admission
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from tests.support.worker_harness import RecordedWakeUps, new

pytestmark = pytest.mark.anyio

SetQuotas = Callable[..., None]


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowances, "KEEP_SECONDS", 0)


@pytest.fixture
def set_quotas(database: Database) -> SetQuotas:
    def set_quotas(**quotas: int) -> None:
        with database.connection() as connection:
            connection.execute("UPDATE tenants SET quotas = %s", (Jsonb(quotas),))

    return set_quotas


@pytest.fixture
def quotas(async_database: AsyncDatabase) -> TenantQuotas:
    return TenantQuotas(async_database, Allowances(async_database, Limits()), ApiMeter())


@pytest.fixture
def service_with(
    async_database: AsyncDatabase, lexer: ProcessLexer, wake_ups: RecordedWakeUps
) -> Callable[[TenantQuotas], DocumentService]:
    """Makes the documents of a process with its own quotas."""

    def service_with(quotas: TenantQuotas) -> DocumentService:
        return DocumentService(
            async_database,
            lexer,
            wake_ups,
            EventFeed(async_database, ApiMeter()),
            Admission(async_database, max_pending=0, max_imports=0, quotas=quotas),
            DocumentLimits(),
            ApiMeter(),
        )

    return service_with


@pytest.fixture
def limited(
    service_with: Callable[[TenantQuotas], DocumentService], quotas: TenantQuotas
) -> DocumentService:
    return service_with(quotas)


async def imported(service: DocumentService, documents: list[NewDocument], batch: int) -> int:
    """Import documents until a quota ends it; return how many were accepted."""
    with service.bulk_import(batch, WriteMode.UPSERT) as running:
        try:
            for number, document in enumerate(documents):
                await running.add(document, number)
            await running.flush()
        except QuotaExceeded:
            pass
        return running.report.accepted


async def test_without_quotas_nothing_is_refused(
    limited: DocumentService, quotas: TenantQuotas
) -> None:
    await limited.create(new("a"))
    await quotas.answer(DEFAULT_TENANT)
    assert (await quotas.used(DEFAULT_TENANT)).documents == 1


async def test_a_full_tenant_replaces_edits_and_deletes(
    limited: DocumentService, set_quotas: SetQuotas
) -> None:
    set_quotas(documents=2)
    for id_ in ("a", "b"):
        await limited.create(new(id_))
    with pytest.raises(QuotaExceeded, match="quota is 2 documents, and 2 are used") as refused:
        await limited.create(new("c"))
    assert (refused.value.quota, refused.value.size, refused.value.used) == ("documents", 2, 2)
    await limited.put(new("a", "a longer text than before"))
    await limited.patch(new("b").ref, {"content": "another text"}, None)
    await limited.delete(new("a").ref, None)
    await limited.create(new("c"))


async def test_a_quota_that_was_lowered_lets_documents_shrink(
    limited: DocumentService, set_quotas: SetQuotas
) -> None:
    await limited.create(new("a", "x" * 1000))
    set_quotas(documents=1, bytes=500, chunks=1)
    await limited.put(new("a", "x" * 900))
    await limited.patch(new("a").ref, {"metadata": {"a": 1}, "content": "x" * 800}, None)
    with pytest.raises(QuotaExceeded, match="quota is 500 bytes"):
        await limited.patch(new("a").ref, {"content": "x" * 801}, None)
    with pytest.raises(QuotaExceeded):
        await limited.put(new("a", "x" * 1000))


async def test_documents_that_are_not_embedded_yet_count_as_chunks(
    limited: DocumentService, set_quotas: SetQuotas
) -> None:
    set_quotas(chunks=2)
    for id_ in ("a", "b"):
        await limited.create(new(id_))
    with pytest.raises(QuotaExceeded, match="quota is 2 chunks"):
        await limited.create(new("c"))


async def test_parallel_writers_of_a_process_stop_exactly_at_the_edge(
    limited: DocumentService, set_quotas: SetQuotas
) -> None:
    set_quotas(documents=10)
    writes = [limited.create(new(str(number))) for number in range(40)]
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert sum(isinstance(each, QuotaExceeded) for each in results) == 30
    assert sum(not isinstance(each, Exception) for each in results) == 10


async def test_an_import_is_stored_up_to_the_edge(
    limited: DocumentService, set_quotas: SetQuotas, quotas: TenantQuotas
) -> None:
    set_quotas(documents=75)
    batch = [new(str(number)) for number in range(200)]
    assert await imported(limited, batch, 100) == 75
    assert await imported(limited, batch, 100) == 0
    edited = [new(str(number), "another text") for number in range(75)]
    assert await imported(limited, edited, 100) == 75
    assert (await quotas.used(DEFAULT_TENANT)).documents == 75


async def test_writes_of_two_processes_overshoot_by_what_is_in_flight(
    limited: DocumentService,
    service_with: Callable[[TenantQuotas], DocumentService],
    set_quotas: SetQuotas,
    async_database: AsyncDatabase,
    quotas: TenantQuotas,
) -> None:
    set_quotas(documents=100)
    others = TenantQuotas(async_database, Allowances(async_database, Limits()), ApiMeter())
    processes = (limited, service_with(others))
    for start in range(0, 200, 10):
        writes = [processes[n % 2].create(new(str(start + n))) for n in range(10)]
        for result in await asyncio.gather(*writes, return_exceptions=True):
            assert not isinstance(result, Exception) or isinstance(result, QuotaExceeded)
    assert 100 <= (await quotas.used(DEFAULT_TENANT)).documents <= 110


async def test_bytes_are_those_that_triggers_count(
    limited: DocumentService, quotas: TenantQuotas
) -> None:
    document = new("a", "Tinte für 5 €", title="Über", metadata={"jahr": 2026, "ä": ["x", None]})
    await limited.create(document)
    assert await quotas.used(DEFAULT_TENANT) == size_of(document)
    assert json.dumps(document.metadata)


async def test_answers_end_with_the_quota_and_begin_with_the_day(
    quotas: TenantQuotas, set_quotas: SetQuotas, database: Database
) -> None:
    set_quotas(answers_per_day=3)
    asked = [quotas.answer(DEFAULT_TENANT) for _ in range(8)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    refusals = [each for each in results if isinstance(each, QuotaExceeded)]
    assert len(refusals) == 5
    assert refusals[0].seconds is not None
    assert 0 < refusals[0].seconds <= 24 * 3600
    assert "quota is 3 answers a day, and" in str(refusals[0])
    with database.connection() as connection:
        usage.sum_up(connection)
        connection.execute("UPDATE tenant_usage_changes SET day = day - 1")
        connection.execute("UPDATE tenant_usage SET answers_on = answers_on - 1")
    await asyncio.sleep(0.6)
    await quotas.answer(DEFAULT_TENANT)


async def test_another_tenant_is_not_affected(
    limited: DocumentService, set_quotas: SetQuotas, quotas: TenantQuotas
) -> None:
    set_quotas(documents=1)
    await limited.create(new("a"))
    assert await quotas.used(Tenant("acme")) == Usage()
    assert (await Allowances(limited._database, Limits(7)).of(Tenant("acme"))).limits == Limits(7)
