"""Documents that name no language are lexed in that of their collection, also once it changes."""

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from shared.db.collections import languages
from shared.db.documents import write_documents
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import relexing, search
from shared.domain.access.principal import OPEN, Principal
from shared.domain.collections.collection import ModelChoice, SettingsChange
from shared.domain.database_errors import DatabaseTimeout
from shared.domain.documents.document import Lane, Status
from shared.domain.documents.filters import parse_filter
from shared.domain.documents.languages import ENGLISH
from shared.domain.errors import InvalidInput
from shared.domain.refs import Collection, DocumentRef, Tenant
from shared.domain.search.lexing.documents import LEXING
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.services.collections.service import CollectionService
from shared.services.documents import collection_languages
from shared.services.documents.service import DocumentService
from shared.services.maintenance import relexing as relexing_service
from shared.services.maintenance.relexing import Relexing
from shared.services.maintenance.statistics_refresher import StatisticsRefresher
from tests.support.collections import named
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio

NOTES = named("c")
HOUSES = "Die Häuser am See."
GERMAN: SettingsChange = {"language": "de-AT"}


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a change final at once: no write of these tests begins before it and ends after it."""
    monkeypatch.setattr(languages, "SETTLED_TIMEOUTS", 0.0)


async def put(
    collections: CollectionService, change: SettingsChange, collection: Collection = NOTES
) -> None:
    caller = Principal(collection.tenant, "k", OPEN.grants)
    await collections.put(caller, collection, change, ModelChoice(None, None))


async def found(database: AsyncDatabase, text: str, collection: Collection = NOTES) -> set[str]:
    async with database.connection() as connection:
        query = Query(text, None, by_words=True, limit=100)
        hits = (await search.search(connection, query, Scope(collection))).hits
    return {hit.ref.id for hit in hits}


def work(database: Database) -> None:
    Relexing(database, ENGLISH, lambda _: False).work()


def stored(database: Database) -> dict[str, tuple[str, int]]:
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT d.id, t.language, t.lexing FROM documents d"
            " JOIN document_texts t ON t.document_key = d.key"
        )
        return {row["id"]: (row["language"], row["lexing"]) for row in rows}


def waiting(database: Database) -> list[dict[str, Any]]:
    with database.connection() as connection:
        return connection.execute(
            "SELECT collection FROM collection_settings WHERE relexing_since IS NOT NULL"
        ).fetchall()


async def test_inflected_words_are_found_in_the_language_of_the_collection(
    documents: DocumentService, collections: CollectionService, async_database: AsyncDatabase
) -> None:
    await put(collections, GERMAN)
    for collection in (NOTES, named("english")):
        await documents.put(new("a", HOUSES, collection=collection.name))
    with documents.bulk_import(100) as bulk:
        await bulk.add(new("bulk", HOUSES))
        await bulk.add(new("large", HOUSES + " x" * 5000))
        await bulk.add(new("english", "Two houses.", metadata={"lang": "en"}))
        await bulk.add(new("unknown", HOUSES, metadata={"lang": "Klingon"}))
        await bulk.flush()
    assert await found(async_database, "Haus") == {"a", "bulk", "large", "unknown"}
    assert await found(async_database, "house") == {"english"}
    assert await found(async_database, "Haus", named("english")) == set()


async def test_a_document_has_the_language_of_its_collection_while_it_names_none(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await put(collections, GERMAN)
    await documents.put(new("a", HOUSES))
    for language, stemmer in (("fr", "french"), (None, "german")):
        await documents.patch(DocumentRef(NOTES, "a"), {"metadata": {"lang": language}}, None)
        assert stored(database) == {"a": (stemmer, LEXING)}


async def test_documents_are_lexed_again_when_the_language_changes_and_none_is_embedded(
    harness: WorkerHarness,
    documents: DocumentService,
    collections: CollectionService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relexing, "BATCH_DOCUMENTS", 2)
    for n in range(5):
        await documents.put(new(f"d{n}", HOUSES))
    await documents.put(new("own", HOUSES, metadata={"lang": "pl"}))
    await documents.put(new("other", HOUSES, collection="other"))
    await harness.work_until_settled(documents, "own")
    calls = len(harness.embedder.calls)
    changes: list[tuple[SettingsChange, str]] = [(GERMAN, "german"), ({"language": None}, ENGLISH)]
    for change, language in changes:
        await put(collections, change)
        await asyncio.to_thread(work, database)
        texts = stored(database)
        assert {texts[f"d{n}"] for n in range(5)} == {(language, LEXING)}
        assert (texts["own"][0], texts["other"][0]) == ("simple", ENGLISH)
        assert (len(await found(async_database, "Haus")) == 5) is (language == "german")
    assert waiting(database) == []
    await harness.work()
    assert len(harness.embedder.calls) == calls
    state = await documents.get(DocumentRef(NOTES, "d0"))
    assert (state.version, state.status) == (1, Status.READY)


async def test_statistics_are_refreshed_and_an_unused_language_is_marked(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await documents.put(new("a", HOUSES))
    StatisticsRefresher(database).refresh()
    await put(collections, GERMAN)
    await asyncio.to_thread(work, database)
    StatisticsRefresher(database).refresh()
    with database.connection() as connection:
        rows = connection.execute("SELECT language, unused_since FROM tenant_languages").fetchall()
    assert {row["language"]: row["unused_since"] is None for row in rows} == {
        "german": True,
        ENGLISH: False,
    }


async def test_a_write_that_does_not_know_the_new_language_is_lexed_again(
    documents: DocumentService,
    collections: CollectionService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collection_languages, "KEEP_SECONDS", 600.0)
    await documents.put(new("before", HOUSES))
    await put(collections, GERMAN)
    await documents.put(new("after", HOUSES))
    await documents.put(new("own", "Two houses.", metadata={"lang": "en"}))
    assert stored(database)["after"] == (ENGLISH, 0)
    assert stored(database)["own"] == (ENGLISH, LEXING)
    await asyncio.to_thread(work, database)
    assert await found(async_database, "Haus") == {"before", "after"}


async def test_a_write_that_ends_after_the_texts_were_looked_through_is_found_later(
    documents: DocumentService,
    collections: CollectionService,
    async_database: AsyncDatabase,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (lexed,) = await documents._lexer.lexed([new("slow", HOUSES)])
    async with async_database.connection() as connection, connection.transaction():
        await write_documents.accept(connection, lexed, Lane.INTERACTIVE)
        await put(collections, GERMAN)
        monkeypatch.setattr(languages, "SETTLED_TIMEOUTS", 600.0)
        await asyncio.to_thread(work, database)
    assert stored(database)["slow"] == (ENGLISH, LEXING)
    monkeypatch.setattr(languages, "SETTLED_TIMEOUTS", 0.0)
    await asyncio.to_thread(work, database)
    assert stored(database)["slow"] == ("german", LEXING)
    assert waiting(database) == []


async def test_a_worker_goes_on_where_another_one_got_in_after_each_batch(
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relexing, "BATCH_DOCUMENTS", 1)
    for n in range(3):
        await documents.put(new(f"d{n}", HOUSES))
    await put(collections, GERMAN)
    other = ExitStack()

    def let_another_one_in(_: float) -> bool:
        other.enter_context(database.transaction()).execute(relexing._BEGIN)
        return False

    worker = Relexing(database, ENGLISH, let_another_one_in)
    for lexed in (1, 2, 3):
        with other:
            await asyncio.to_thread(worker.work)
        assert list(stored(database).values()).count(("german", LEXING)) == lexed
    assert len(waiting(database)) == 1
    with other:
        await asyncio.to_thread(worker.work)
    assert waiting(database) == []


async def test_a_large_collection_does_not_hold_up_others(
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relexing, "BATCH_DOCUMENTS", 1)
    monkeypatch.setattr(relexing_service, "SLICE_SECONDS", 0.0)
    for n in range(3):
        await documents.put(new(f"large{n}", HOUSES))
    await documents.put(new("small", HOUSES, collection="small"))
    await put(collections, GERMAN)
    await put(collections, GERMAN, named("small"))
    worker = Relexing(database, ENGLISH, lambda _: False)
    await asyncio.to_thread(worker.work)
    texts = stored(database)
    assert {id_ for id_ in texts if texts[id_][0] == "german"} == {"large0", "small"}
    for _ in range(3):
        await asyncio.to_thread(worker.work)
    assert waiting(database) == []


async def test_a_text_that_takes_too_long_is_tried_again_but_not_for_ever(
    documents: DocumentService,
    collections: CollectionService,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await documents.put(new("a", HOUSES))
    worker = Relexing(database, ENGLISH, lambda _: False)
    store = relexing._store

    def time_out(*_: object) -> None:
        raise DatabaseTimeout

    await put(collections, GERMAN)
    monkeypatch.setattr(relexing, "_store", time_out)
    await asyncio.to_thread(worker.work)
    assert len(waiting(database)) == 1
    monkeypatch.setattr(relexing, "_store", store)
    await asyncio.to_thread(worker.work)
    assert (stored(database)["a"], waiting(database)) == (("german", LEXING), [])

    await put(collections, {"language": "fr"})
    monkeypatch.setattr(relexing, "_store", time_out)
    for _ in range(relexing_service.TRIES):
        await asyncio.to_thread(worker.work)
    assert (stored(database)["a"], waiting(database)) == (("german", LEXING), [])


async def test_a_change_of_other_metadata_does_not_keep_a_text_from_its_language(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await documents.put(new("a", HOUSES, metadata={"year": 2025}))
    await put(collections, GERMAN)
    with database.transaction() as connection:
        texts = relexing._read(connection, ENGLISH, after=0, documents=9, collection=NOTES.key)
        await documents.patch_filtered(OPEN, NOTES, parse_filter({"year": 2025}), {"year": 2026})
        relexing._store(connection, texts, ENGLISH)
    assert (await documents.get(DocumentRef(NOTES, "a"))).version == 2
    assert stored(database)["a"] == ("german", LEXING)


async def test_a_document_that_names_a_language_while_it_is_lexed_keeps_it(
    documents: DocumentService, collections: CollectionService, database: Database
) -> None:
    await documents.put(new("a", HOUSES))
    await put(collections, GERMAN)
    with database.transaction() as connection:
        texts = relexing._read(connection, ENGLISH, after=0, documents=9, collection=NOTES.key)
        assert [text.id for text in texts] == ["a"]
        await documents.patch(DocumentRef(NOTES, "a"), {"metadata": {"lang": "en"}}, None)
        relexing._store(connection, texts, ENGLISH)
    assert stored(database)["a"] == (ENGLISH, LEXING)


async def test_a_renamed_collection_keeps_its_language_and_a_deleted_one_does_not(
    documents: DocumentService, collections: CollectionService, async_database: AsyncDatabase
) -> None:
    await put(collections, GERMAN)
    await documents.put(new("a", HOUSES))
    await collections.rename(OPEN, NOTES, "renamed")
    renamed = named("renamed")
    await documents.put(new("b", HOUSES, collection="renamed"))
    assert (await collections.get(OPEN, renamed)).described.language == "german"
    assert await found(async_database, "Haus", renamed) == {"a", "b"}
    await collections.delete(OPEN, renamed)
    await put(collections, {}, renamed)
    assert (await collections.get(OPEN, renamed)).described.language is None


async def test_what_is_not_said_stays(collections: CollectionService) -> None:
    await put(collections, {"description": "Notizen", "language": "German"})
    changes: list[tuple[SettingsChange, str, str | None]] = [
        ({"description": "Briefe"}, "Briefe", "german"),
        ({"language": "pl"}, "Briefe", "simple"),
        ({"language": None}, "Briefe", None),
    ]
    for change, description, language in changes:
        await collections.describe(NOTES, change)
        said = (await collections.get(OPEN, NOTES)).described
        assert (said.description, said.language) == (description, language)
    with pytest.raises(InvalidInput, match="language: is not a known language"):
        await collections.describe(NOTES, {"language": "Klingon"})


async def test_the_language_of_a_tenant_is_not_that_of_another(
    documents: DocumentService, collections: CollectionService, async_database: AsyncDatabase
) -> None:
    theirs = Collection(Tenant("acme"), NOTES.name)
    await put(collections, GERMAN, theirs)
    await documents.put(new("a", HOUSES))
    await documents.put(replace(new("b", HOUSES), ref=DocumentRef(theirs, "b")))
    assert await found(async_database, "Haus") == set()
    assert await found(async_database, "Haus", theirs) == {"b"}
    assert (await collections.get(OPEN, NOTES)).described.language is None
