"""Imports of files and folders into the real API."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from inkdex import Inkdex

from tests.client.conftest import CommandLine


def jsonl(path: Path, *documents: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" if each else "\n" for each in documents))
    return path


def stored(inkdex: Inkdex, collection: str) -> dict[str, Any]:
    return {each.id: each for each in inkdex.documents.list(collection=collection)}


def settled(done: "subprocess.CompletedProcess[str]", status: int = 0) -> str:
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_file_and_the_same_file_again(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    path = jsonl(
        tmp_path / "some documents.jsonl",
        {"id": "a", "title": "A", "content": "Ink dries.", "metadata": {"n": 1}},
        None,
        {"id": "b", "content": " "},
        ["no document"],
        {"content": "A text without an id."},
    )
    with path.open("ab") as file:
        file.write(b'{"content": "caf\xe9"}\n{"content": }')
    arguments = ("import", path, "-c", collection, "--wait", "--refused", tmp_path / "refused")
    done = cli(*arguments)
    assert done.returncode == 1
    assert done.stdout == "2 accepted, 0 unchanged, 4 refused\n2 ready, 0 failed\n"
    reasons = {
        "line 3": "content: must not be blank",
        "line 4": "is not a JSON object",
        "line 6": "is not UTF-8",
        "line 7": "is not valid JSON: Expecting value at column 13",
    }
    assert sorted(done.stderr.splitlines()) == [f"{k}: {v}" for k, v in reasons.items()]
    lines = map(json.loads, (tmp_path / "refused").read_text().splitlines())
    assert {each["name"]: each["reason"] for each in lines} == reasons
    again = settled(cli(*arguments), 1)
    assert "0 accepted, 2 unchanged, 4 refused\n2 ready, 0 failed" in again
    assert len(stored(inkdex, collection)) == 2


@pytest.mark.parametrize("text", ['{"id": "a"}\n[]', ""], ids=["refused", "empty"])
def test_it_fails_if_nothing_is_imported(cli: CommandLine, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    assert "Nothing was imported." in settled(cli("import", path, "--wait"), 1)


def test_only_the_first_reasons_are_shown(cli: CommandLine, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "bad.jsonl", *({"id": f"{n}"} for n in range(1100)))
    shown = settled(cli("import", path, "--refused", tmp_path / "refused"), 1)
    assert shown.count("content: ") == 20
    assert f"1,100 refused in all; {tmp_path / 'refused'} names more of them" in shown
    assert len((tmp_path / "refused").read_text().splitlines()) == 1100


def test_lines_of_one_text_differ_by_their_metadata(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    rows = [{"content": "Door closed", "metadata": {"site": site}} for site in ("n", "s", "n")]
    path = jsonl(tmp_path / "rows.jsonl", *rows, {"content": "Door closed"})
    assert "3 accepted, 1 unchanged" in settled(cli("import", path, "-c", collection))
    sites = [each.metadata.get("site") for each in stored(inkdex, collection).values()]
    assert sorted(sites, key=str) == [None, "n", "s"]
    assert "0 accepted, 4 unchanged" in settled(cli("import", path, "-c", collection))


def test_a_page_of_documents_is_imported_again(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    for id_ in ("a", "b"):
        inkdex.documents.put(id_, f"Page {id_}", metadata={"large": 2**60}, collection=collection)
    page = inkdex.http.get("/v1/documents", params={"collection": collection}).text
    for name, text in (
        ("page.json", page),
        ("pretty.json", json.dumps(json.loads(page), indent=2)),
    ):
        (tmp_path / name).write_text(text)
        assert "0 accepted, 2 unchanged" in settled(cli("import", tmp_path / name))
    assert "0 accepted, 2 unchanged" in settled(cli("import", "-", text=page))


def test_lines_that_replace_documents_are_counted(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    for number, text in enumerate(("first", "second")):
        path = jsonl(tmp_path / f"{number}.jsonl", {"id": "1", "content": text})
        shown = settled(cli("import", path, "-c", collection))
    assert "1 of the accepted replaced an earlier document with the same id" in shown
    settled(cli("import", path, "-c", collection, "--source", "other"))
    assert set(stored(inkdex, collection)) == {"1", "other/1"}


def test_a_folder(cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "below").mkdir(parents=True)
    (folder / "plain.txt").write_text("Ink dries.")
    (folder / "below" / "page.md").write_text("# On paper\n\nPaper yellows.")
    (folder / "image.png").write_bytes(b"\x89PNG")
    (folder / "empty.md").touch()
    (folder / "n" / ("m" * 250)).mkdir(parents=True)
    (folder / "n" / ("m" * 250) / "long.md").write_text("Its path is too long.")
    Path(folder, "caf\udce9 \x1b[31m.txt").write_text("A name that is not UTF-8.")
    shown = settled(cli("import", folder, "-c", collection, "--wait"), 1)
    assert "2 accepted, 0 unchanged, 2 refused" in shown
    assert "1 skipped: .png is not supported (image.png)" in shown
    assert "1 skipped: empty files (empty.md)" in shown
    assert ".txt: has a name that is not UTF-8" in shown
    assert "long.md: would get an id of 260 characters, and 255 are allowed" in shown
    assert "\x1b" not in shown
    assert "2 ready, 0 failed" in shown
    found = stored(inkdex, collection)
    assert set(found) == {"plain.txt", "below/page.md"}
    assert found["below/page.md"].title == "On paper"
    source = found["below/page.md"].metadata["source"]
    assert source.startswith("texts-")
    assert str(tmp_path) not in source
    again = settled(cli("import", folder / "plain.txt", "-c", collection))
    assert "0 accepted, 1 unchanged, 0 refused" in again


def test_a_folder_does_not_replace_the_files_of_another(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    alpha, beta = (tmp_path / project / "docs" for project in ("alpha", "beta"))
    for folder in (alpha, beta):
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(f"{folder.parent.name} heats its house")
    (beta / "more.md").write_text("More about heating.")
    options = ("-c", collection, "--wait")
    settled(cli("import", alpha, *options))
    shown = settled(cli("import", beta, *options), 1)
    assert "1 accepted, 0 unchanged, 1 refused" in shown
    assert "README.md: Another source has written" in shown
    assert "SOURCE=NAME" in shown
    assert "REPLACE=1" in shown
    assert stored(inkdex, collection)["README.md"].content.startswith("alpha")
    settled(cli("import", beta, *options, "--source", "beta"))
    ids = {"README.md", "more.md", "beta/README.md", "beta/more.md"}
    assert set(stored(inkdex, collection)) == ids
    assert stored(inkdex, collection)["beta/more.md"].metadata["source"] == "beta"
    settled(cli("import", beta, *options, "--replace"))
    assert stored(inkdex, collection)["README.md"].content.startswith("beta")


def test_a_folder_that_was_imported_as_documents_is_taken_over(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("The text of today.")
    metadata = {"source": "docs", "path": "a.md"}
    inkdex.documents.put("docs/a.md", "Older.", metadata=metadata, collection=collection)
    options = ("-c", collection, "--source", "docs", "--wait")
    assert "1 ready" in settled(cli("import", tmp_path / "docs", *options))
    assert stored(inkdex, collection)["docs/a.md"].content == "The text of today."


@pytest.mark.parametrize(
    ("name", "raw", "reason"),
    [
        ("report.pdf", b"words", "is not a PDF"),
        ("data.jsonl.gz", b"\x1f\x8b\x08", "Files ending in .gz are not supported"),
        ("film.mkv", b"matroska", "Files ending in .mkv are not supported"),
        ("one.json", b'{\n  "id": "a",\n  "content": 1\n}', "holds no documents"),
        ("empty.txt", b"", "The file has no bytes"),
    ],
    ids=["pdf", "gzip", "film", "object", "empty"],
)
def test_a_file_of_another_type_is_one_error(
    cli: CommandLine, collection: str, tmp_path: Path, name: str, raw: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(raw)
    done = cli("import", tmp_path / name, "-c", collection, "--wait")
    assert reason in settled(done, 1)
    assert done.stderr.count(name) == 1
