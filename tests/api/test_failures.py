"""What failed, by reason."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.operations import failures as statements
from shared.domain.documents.document import Lane
from shared.domain.documents.filters import parse_filter
from shared.domain.files.file import MAY_PASS
from shared.domain.files.parts import FileErrorCode
from shared.domain.operations.failures import FailureGroup
from shared.domain.reasons import FailureKind, RejectionCode
from shared.domain.refs import DEFAULT_TENANT, Collection
from shared.domain.search.scope import Scope
from shared.services.operations.failures import FailureService
from tests.support import in_process
from tests.support.worker_harness import POISON, WorkerHarness

pytestmark = pytest.mark.anyio

Fail = Callable[..., None]
FAILED_FILE = """
UPDATE files SET state = 'failed', error_code = 'encrypted', error_message = 'x', updated_at = now()
"""


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with in_process.client(settings) as client:
        yield client


@pytest.fixture
def fail(client: TestClient, harness: WorkerHarness) -> Fail:
    """Return a function that writes documents to a collection and tries until they failed."""
    harness.model.verified()

    def fail(collection: str, **contents: str) -> None:
        params = {"collection": collection}
        for id_, content in contents.items():
            url = f"/v1/documents/{id_}"
            client.put(url, params=params, json={"content": content}).raise_for_status()
        for id_ in contents:
            for _ in range(100):
                harness.embedding.embed_batch(Lane.INTERACTIVE)
                if client.get(f"/v1/documents/{id_}", params=params).json()["status"] == "failed":
                    break
            else:
                raise AssertionError(f"{id_} does not fail")

    return fail


def failures(client: TestClient, **params: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = client.get("/v1/failures", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_has_failed(client: TestClient) -> None:
    assert failures(client) == {"items": [], "complete": True, "counted_max": 10_000}


def test_documents_are_grouped_by_reason(client: TestClient, fail: Fail) -> None:
    fail("a", **{f"bad{n}": f"{POISON} {n}" for n in range(7)})
    fail("b", other=f"{POISON} other")
    found = failures(client)
    (group,) = found["items"]
    assert found["complete"]
    assert (group["kind"], group["reason"], group["count"]) == ("document", "rejected_by_model", 8)
    assert group["meaning"] == "The model server rejects this text."
    assert not group["retry_may_help"]
    assert len(group["examples"]) == 5
    assert group["examples"][0] == {"collection": "b", "id": "other"}
    (of_a,) = failures(client, collection="a")["items"]
    assert of_a["count"] == 7
    assert {each["collection"] for each in of_a["examples"]} == {"a"}
    assert failures(client, collection="nowhere")["items"] == []


def test_a_document_that_is_retried_or_changed_is_no_failure(
    client: TestClient, fail: Fail
) -> None:
    fail("default", a=POISON, b=POISON)
    client.post("/v1/documents/a/retry").raise_for_status()
    client.put("/v1/documents/b", json={"content": "good"}).raise_for_status()
    assert failures(client)["items"] == []


def test_files_that_cannot_be_read_are_groups_too(client: TestClient, database: Database) -> None:
    client.post("/v1/files", files={"file": ("a.pdf", b"%PDF")}).raise_for_status()
    assert failures(client)["items"] == []
    with database.connection() as connection:
        connection.execute(FAILED_FILE)
    (group,) = failures(client, collection="default")["items"]
    assert (group["kind"], group["reason"], group["count"]) == ("file", "encrypted", 1)
    assert group["meaning"].startswith("The file is protected by a password")
    assert group["examples"] == [{"collection": "default", "id": "a.pdf"}]
    client.delete("/v1/files/a.pdf").raise_for_status()
    assert failures(client)["items"] == []


def test_counts_are_bounded_and_say_so(
    client: TestClient, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail("default", **{f"bad{n}": f"{POISON} {n}" for n in range(5)})
    monkeypatch.setattr(statements, "COUNTED_MAX", 2)
    found = failures(client)
    assert not found["complete"]
    assert found["items"][0]["count"] == 3


@pytest.fixture
def _mine_and_many_letters(fail: Fail, database: Database) -> None:
    fail("letters", **{f"bad{n}": f"{POISON} {n}" for n in range(5)})
    fail("notes-a", mine=f"{POISON} mine")
    with database.connection() as connection:
        connection.execute(
            """UPDATE documents SET metadata = '{"team": "red"}' WHERE id = 'mine'"""
        )


@pytest.mark.parametrize(
    "scope",
    [
        Scope(DEFAULT_TENANT, patterns=(("notes-*",),)),
        Scope(Collection(DEFAULT_TENANT, "notes-a")),
        Scope(DEFAULT_TENANT, conditions=parse_filter({"team": "red"})),
    ],
    ids=["patterns", "collection", "filter"],
)
@pytest.mark.usefixtures("_mine_and_many_letters")
async def test_failures_outside_of_the_scope_take_no_place(
    monkeypatch: pytest.MonkeyPatch, async_database: AsyncDatabase, scope: Scope
) -> None:
    monkeypatch.setattr(statements, "COUNTED_MAX", 2)
    found = await FailureService(async_database).groups(scope)
    (group,) = found.groups
    assert (found.complete, group.count) == (True, 1)
    assert [each.id for each in group.examples] == ["mine"]


def test_every_reason_has_words() -> None:
    for code in (*MAY_PASS, *RejectionCode, *FileErrorCode):
        group = FailureGroup(FailureKind.FILE, code, 1, datetime.now(UTC), [])
        assert group.meaning, code
