"""Runs `make import` against the real API."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.local.importing.command import jsonl, run


def stored(api: str, collection: str) -> dict[str, dict[str, Any]]:
    params: dict[str, str | int] = {"collection": collection, "limit": 200}
    items = httpx.get(f"{api}/v1/documents", params=params).json()["items"]
    return {each["id"]: each for each in items}


def test_a_file_and_the_same_file_again(api: str, tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "some documents.jsonl",
        {"id": "a", "title": "A", "content": "Ink dries.", "metadata": {"n": 1}},
        None,
        {"id": "b", "content": " "},
        ["no document"],
        {"content": "A text without an id."},
    )
    output = run(api, tmp_path, str(path), "--collection", "imported", status=1)
    assert "2 accepted" in output
    assert "2 rejected" in output
    assert "line 3: content: must not be blank" in output
    assert "line 4: " in output
    assert "2 ready" in output
    assert {each["status"] for each in stored(api, "imported").values()} == {"ready"}
    repeated = run(api, tmp_path, str(path), "--collection", "imported", status=1)
    assert "0 accepted" in repeated
    assert "2 unchanged, and not embedded again" in repeated
    assert "2 ready" in repeated
    assert len(stored(api, "imported")) == 2


@pytest.mark.parametrize("documents", [[{"id": "a"}, ["no document"]], []])
def test_it_fails_if_nothing_is_imported(api: str, tmp_path: Path, documents: list[object]) -> None:
    path = jsonl(tmp_path / "bad.jsonl", *documents)
    output = run(api, tmp_path, str(path), status=1)
    assert f"{len(documents)} rejected" in output
    assert "Nothing was imported." in output


def test_lines_of_one_text_differ_by_their_metadata(api: str, tmp_path: Path) -> None:
    rows = [{"content": "Door closed", "metadata": {"site": site}} for site in ("n", "s", "n")]
    path = jsonl(tmp_path / "rows.jsonl", *rows, {"content": "Door closed"})
    output = run(api, tmp_path, str(path), "--collection", "rows", "--no-wait")
    assert "3 accepted" in output
    assert "1 unchanged" in output
    sites = [each["metadata"].get("site") for each in stored(api, "rows").values()]
    assert sorted(sites, key=str) == [None, "n", "s"]
    assert "4 unchanged" in run(api, tmp_path, str(path), "--collection", "rows", "--no-wait")


def test_a_page_of_documents_is_imported_again(api: str, tmp_path: Path) -> None:
    for id_ in ("a", "b"):
        body = {"content": f"Page {id_}", "metadata": {"large": 2**60}}
        httpx.put(f"{api}/v1/documents/{id_}", params={"collection": "page"}, json=body)
    page = httpx.get(f"{api}/v1/documents", params={"collection": "page"}).text
    pretty = json.dumps(json.loads(page), indent=2)
    for name, text in (("page.json", page), ("pretty.json", pretty)):
        (tmp_path / name).write_text(text)
        output = run(api, tmp_path, str(tmp_path / name), "--no-wait")
        assert "2 unchanged" in output
    items = json.loads(page)["items"]
    path = jsonl(tmp_path / "items.jsonl", *(each | {"collection": "copy"} for each in items))
    assert "2 ready" in run(api, tmp_path, str(path))
    assert set(stored(api, "copy")) == {"a", "b"}


def test_a_folder(api: str, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "below").mkdir(parents=True)
    (folder / "plain.txt").write_text("Ink dries.")
    (folder / "below" / "page.md").write_text("# On paper\n\nPaper yellows.")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "image.png").write_bytes(b"\x89PNG")
    (folder / "empty.md").write_text(" \n")
    (folder / "over.txt").write_text("word " * 300_000)
    Path(folder, "caf\udce9 \x1b[31m.txt").write_text("A name that is not UTF-8.")
    output = run(api, tmp_path, str(folder), "--collection", "folder", status=1)
    assert "3 accepted" in output
    assert "2 skipped" in output
    assert ".png is not supported: 1 (image.png)" in output
    assert "empty files: 1 (empty.md)" in output
    assert "2 rejected" in output
    assert r"caf\xe9 \x1b[31m.txt: has a name that is not UTF-8" in output
    assert "over.txt: content: has 1,500,000 bytes; the limit is 1,048,576" in output
    assert "3 ready" in output
    found = stored(api, "folder")
    assert set(found) == {"plain.txt", "below/page.md", "latin.txt"}
    assert found["latin.txt"]["content"] == "café"
    page = found["below/page.md"]
    assert page["title"] == "On paper"
    source = page["metadata"].pop("source")
    assert source.startswith("texts-")
    assert str(tmp_path) not in source
    assert page["metadata"] == {"path": "below/page.md", "format": "markdown"}


def two_folders(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / project / "docs" for project in ("alpha", "beta")]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(f"{folder.parent.name} heats its house")
    (folders[1] / "more.md").write_text("More about heating.")
    return folders


def test_a_folder_does_not_replace_the_documents_of_another(api: str, tmp_path: Path) -> None:
    alpha, beta = map(str, two_folders(tmp_path))
    options = ("--collection", "two", "--no-wait")
    run(api, tmp_path / "1", alpha, *options)
    output = run(api, tmp_path / "2", beta, *options, status=1)
    assert "1 accepted" in output
    assert "README.md: was not replaced" in output
    assert "is from the source 'docs-" in output
    assert "SOURCE=name" in output
    assert "REPLACE=1" in output
    assert stored(api, "two")["README.md"]["content"].startswith("alpha")
    run(api, tmp_path / "3", beta, *options, "--source", "beta")
    assert set(stored(api, "two")) == {"README.md", "more.md", "beta/README.md", "beta/more.md"}
    assert stored(api, "two")["beta/more.md"]["metadata"]["source"] == "beta"
    output = run(api, tmp_path / "4", beta, *options, "--replace")
    assert "1 of them replaced an earlier document" in output
    assert stored(api, "two")["README.md"]["content"].startswith("beta")


def test_an_edited_folder_replaces_its_own_documents(api: str, tmp_path: Path) -> None:
    alpha, _ = two_folders(tmp_path)
    options = ("--collection", "edited", "--no-wait")
    run(api, tmp_path, str(alpha), *options)
    (alpha / "README.md").write_text("alpha, edited")
    output = run(api, tmp_path, str(alpha / "README.md"), *options)
    assert "1 of them replaced an earlier document" in output
    assert stored(api, "edited")["README.md"]["content"] == "alpha, edited"


def test_a_folder_of_an_earlier_version_is_taken_over(api: str, tmp_path: Path) -> None:
    alpha, _ = two_folders(tmp_path)
    (alpha / "edited.md").write_text("The text of today.")
    for name, text in (("README.md", "alpha heats its house"), ("edited.md", "An older text.")):
        body = {"title": Path(name).stem, "content": text, "metadata": {"path": name}}
        httpx.put(f"{api}/v1/documents/{name}", params={"collection": "earlier"}, json=body)
    options = ("--collection", "earlier", "--no-wait")
    output = run(api, tmp_path, str(alpha), *options, status=1)
    assert "edited.md: was not replaced, because the document with this id has no source" in output
    assert stored(api, "earlier")["README.md"]["metadata"]["source"].startswith("docs-")


def test_lines_that_replace_documents_are_counted(api: str, tmp_path: Path) -> None:
    options = ("--collection", "versions", "--no-wait")
    for number, text in enumerate(("first", "second")):
        path = jsonl(tmp_path / f"{number}.jsonl", {"id": "1", "content": text})
        output = run(api, tmp_path, str(path), *options)
    assert "1 of them replaced an earlier document with the same id" in output
    run(api, tmp_path, str(path), *options, "--source", "other")
    assert set(stored(api, "versions")) == {"1", "other/1"}


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("report.pdf", b"words", "is not a PDF"),
        ("data.jsonl.gz", b"\x1f\x8b\x08", "is compressed"),
        ("film.mkv", b"matroska", "is of a type that is not supported"),
        ("one.json", b'{\n  "id": "a",\n  "content": 1\n}', "holds no documents in JSON"),
        ("empty", b"", "is of a type that is not supported"),
    ],
)
def test_a_file_of_another_type_is_one_error(
    api: str, tmp_path: Path, name: str, raw: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    output = run(api, tmp_path, str(tmp_path / name), status=1)
    assert reason in output
    assert "rejected" not in output
    assert len(output.splitlines()) == 1
