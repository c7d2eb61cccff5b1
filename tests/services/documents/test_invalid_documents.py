"""Services reject invalid documents themselves, whoever calls them."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from shared.db.collections import listing
from shared.db.kit.pool import AsyncDatabase
from shared.domain.documents.document import TITLE_MAX_CHARACTERS, NewDocument
from shared.domain.documents.listing import Listing
from shared.domain.errors import DocumentTooLarge, InvalidInput
from shared.domain.refs import DEFAULT_TENANT, DocumentRef
from shared.services.documents.service import DocumentService
from tests.support.collections import named
from tests.support.worker_harness import RecordedWakeUps, new

pytestmark = pytest.mark.anyio

KIB = 1024
VALID = new("a", "Ink dries.")

INVALID = {
    "blank": (new("a", " \n\t "), ("content",)),
    "empty": (new("a", ""), ("content",)),
    "NUL": (new("a", "a\0b"), ("content",)),
    "surrogate": (new("a", "\ud800"), ("content",)),
    "long title": (new("a", title="t" * (TITLE_MAX_CHARACTERS + 1)), ("title",)),
    "NUL in title": (new("a", title="\0"), ("title",)),
    "NaN": (new("a", metadata={"years": [1, {"n": math.nan}]}), ("metadata", "years", 1, "n")),
    "NUL in metadata": (new("a", metadata={"k": "\0"}), ("metadata", "k")),
    "large content": (new("a", "x" * (KIB * KIB + 1)), ("content",)),
    "large metadata": (new("a", metadata={"k": "v" * 64 * KIB}), ("metadata",)),
    "empty id": (new(""), ("id",)),
    "dots as id": (new(".."), ("id",)),
    "long id": (new("x" * 256), ("id",)),
    "NUL in collection": (new("a", collection="\0"), ("collection",)),
}
INVALID_PATCHES: dict[tuple[str, ...], dict[str, object]] = {
    ("content",): {"content": " "},
    ("title",): {"title": "\0"},
    ("metadata", "k"): {"metadata": {"k": math.inf}},
}
TOO_LARGE = {"large content", "large metadata"}

Write = Callable[[DocumentService, NewDocument], Awaitable[object]]


async def add_to_import(documents: DocumentService, document: NewDocument) -> None:
    with documents.bulk_import(10) as bulk:
        await bulk.add(document)
        await bulk.flush()


WRITES: dict[str, Write] = {
    "create": lambda documents, new: documents.create(new),
    "put": lambda documents, new: documents.put(new),
    "replace": lambda documents, new: documents.replace(new, 1),
    "import": add_to_import,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_no_write_stores_an_invalid_document(
    documents: DocumentService,
    async_database: AsyncDatabase,
    wake_ups: RecordedWakeUps,
    write: Write,
) -> None:
    for name, (invalid, path) in INVALID.items():
        with pytest.raises(InvalidInput) as caught:
            await write(documents, invalid)
        assert [error.path for error in caught.value.errors] == [path], name
        assert isinstance(caught.value, DocumentTooLarge) == (name in TOO_LARGE), name
    assert wake_ups.sent == []
    async with async_database.connection() as connection:
        assert await listing.names(connection, DEFAULT_TENANT, None, 1) == []


async def test_invalid_patch_changes_nothing(documents: DocumentService) -> None:
    created = await documents.create(VALID)
    for path, changes in INVALID_PATCHES.items():
        with pytest.raises(InvalidInput) as caught:
            await documents.patch(VALID.ref, changes, None)
        assert [error.path for error in caught.value.errors] == [path]
    assert await documents.get(VALID.ref) == created


async def test_invalid_change_and_replacement_change_nothing(documents: DocumentService) -> None:
    created = await documents.create(VALID)
    blank = replace(VALID, content=" ")
    with pytest.raises(InvalidInput):
        await documents.change(VALID.ref, lambda _: blank, None)
    with pytest.raises(InvalidInput):
        await documents.replace(blank, created.version)
    assert await documents.get(VALID.ref) == created


async def test_import_stores_valid_documents_beside_an_invalid_one(
    documents: DocumentService,
) -> None:
    with documents.bulk_import(10) as bulk:
        await bulk.add(VALID)
        with pytest.raises(InvalidInput, match="content: must not be blank"):
            await bulk.add(new("blank", " "))
        await bulk.add(new("b"))
        await bulk.flush()
    assert bulk.report.accepted == 2
    page = await documents.page(Listing(named("c")))
    assert {document.ref for document in page.documents} == {
        VALID.ref,
        DocumentRef(named("c"), "b"),
    }
