"""How an import divides documents into statements."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncConnection
from shared.domain.documents.document import Lane, NewDocument
from shared.domain.documents.writes import BatchResult, WriteMode
from shared.domain.refs import DocumentRef
from shared.services.documents import bulk_import
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import new

pytestmark = pytest.mark.anyio

KB = 1024
ENGLISH = "ink " * (75 * KB)
CHINESE = "墨" * (100 * KB)
METADATA = {"k": "v" * (60 * KB)}


@pytest.mark.parametrize(
    ("document", "batches"),
    [
        (new("", ENGLISH), [10]),
        (new("", CHINESE), [3, 3, 3, 1]),
        (new("", "ink", title=CHINESE), [3, 3, 3, 1]),
        (new("", CHINESE * 4), [1] * 10),
        (new("", "ink", metadata={"k": [METADATA] * 20}), [3, 3, 3, 1]),
    ],
)
async def test_batch_stays_within_the_time_limit_of_a_statement(
    documents: DocumentService,
    monkeypatch: pytest.MonkeyPatch,
    document: NewDocument,
    batches: list[int],
) -> None:
    stored: list[int] = []

    async def accept_many(
        _: AsyncConnection, batch: Sequence[NewDocument], *__: Lane | WriteMode
    ) -> BatchResult:
        stored.append(len(batch))
        return BatchResult(len(batch), 0)

    monkeypatch.setattr(write_documents, "accept_many", accept_many)
    monkeypatch.setattr(bulk_import, "check_document", lambda *_: None)  # some exceed the limits
    with documents.bulk_import(200) as bulk:
        for n in range(10):
            await bulk.add(replace(document, ref=DocumentRef("c", str(n))))
        await bulk.flush()
    assert stored == batches
