"""Sweeps: what a pass over a source did not send is deleted."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from shared.config import Settings
from tests.support import in_process

FILES = "/v1/files"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with in_process.client(settings) as client:
        yield client


def send(client: TestClient, sweep: str, *names: str, source: str = "wiki") -> None:
    parts = [("file", (name, b"Ink dries.", "text/plain")) for name in names]
    fields = {"source": source, "sweep": sweep}
    assert client.post(FILES, files=parts, data=fields).status_code == 202


def delete(client: TestClient, sweep: str, **more: Any) -> Any:  # noqa: ANN401 - a response
    return client.delete(FILES, params={"source": "wiki", "sweep": sweep, **more})


def ids(client: TestClient) -> list[str]:
    return sorted(each["id"] for each in client.get(FILES).json()["items"])


def test_what_a_sweep_did_not_send_is_deleted(client: TestClient) -> None:
    send(client, "1", "a.md", "b.md", "c.md")
    send(client, "1", "other.md", source="others")
    send(client, "2", "b.md", "c.md", "d.md")
    assert delete(client, "2").json() == {"deleted": 1}
    assert ids(client) == ["b.md", "c.md", "d.md", "other.md"]
    assert delete(client, "2").json() == {"deleted": 0}


def test_more_than_half_is_deleted_only_if_all_may_go(client: TestClient) -> None:
    send(client, "1", "a.md", "b.md", "c.md")
    send(client, "2", "a.md")
    refused = delete(client, "2")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:inkdex:too-many-unsent"
    assert "2 of 3 files" in refused.json()["detail"]
    assert len(ids(client)) == 3
    assert delete(client, "2", all="true").json() == {"deleted": 2}
    assert ids(client) == ["a.md"]


def test_half_is_deleted(client: TestClient) -> None:
    send(client, "1", "a.md", "b.md")
    send(client, "2", "a.md")
    assert delete(client, "2").json() == {"deleted": 1}


def test_a_file_that_is_sent_without_a_sweep_keeps_that_of_before(client: TestClient) -> None:
    send(client, "1", "a.md")
    parts = [("file", ("a.md", b"Ink dries.", "text/plain"))]
    client.post(FILES, files=parts, data={"source": "wiki"})
    assert delete(client, "1", all="true").json() == {"deleted": 0}


@pytest.mark.parametrize("missing", ["source", "sweep"])
def test_source_and_sweep_must_be_given(client: TestClient, missing: str) -> None:
    params = {"source": "wiki", "sweep": "1"}
    del params[missing]
    assert client.delete(FILES, params=params).status_code == 422


def test_a_sweep_is_of_a_source(client: TestClient) -> None:
    parts = [("file", ("a.md", b"Ink dries.", "text/plain"))]
    answer = client.post(FILES, files=parts, data={"sweep": "1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == ["sweep"]


def test_what_a_sweep_sent_in_vain_keeps_its_former_version(client: TestClient) -> None:
    send(client, "1", "a.md", "b.md", "c.md")
    send(client, "2", "b.md", "c.md")
    parts = [("file", ("a.md", b"", "text/plain"))]
    answer = client.post(FILES, files=parts, data={"source": "wiki", "sweep": "2"})
    assert answer.json()["rejected"][0]["error"]["code"] == "empty"
    assert delete(client, "2").json() == {"deleted": 0}


def test_files_and_documents_of_other_sources_are_kept(client: TestClient) -> None:
    send(client, "1", "a.md")
    client.put("/v1/documents/b.md", json={"content": "Written by hand."})
    parts = [("file", (name, b"Ink.", "text/plain")) for name in ("a.md", "b.md", "c.md")]
    params = {"replace": "same_source"}
    answer = client.post(FILES, files=parts, params=params, data={"source": "other"}).json()
    assert [each["id"] for each in answer["items"]] == ["c.md"]
    assert {each["name"]: each["error"]["code"] for each in answer["rejected"]} == {
        "a.md": "other-source",
        "b.md": "other-source",
    }
    again = client.post(FILES, files=parts[:1], params=params, data={"source": "wiki"}).json()
    assert [each["id"] for each in again["items"]] == ["a.md"]
