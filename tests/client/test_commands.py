"""Ordinary jobs, each in at most two commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from inkdex import Inkdex

from tests.client.conftest import CommandLine, embedded, run_inkdex
from tests.support.paths import ROOT
from tests.support.processes import eventually

PAGES: dict[str, str | bytes] = {
    "ink.md": "---\ntitle: On ink\ntags: [blue, 'black']\nyear: 2021\n---\nInk dries slowly.\n",
    "sub/paper.md": "# Paper\n\nPaper is made of fibres.\n",
    "drafts/skipped.md": "# Draft\n\nNot yet.\n",
    "notes.txt": "Feathers were pens.\n",
    ".gitignore": "drafts/\n",
    "latin.txt": "Des encres séchées à l'été.\n".encode("latin-1"),
    "broken.pdf": b"%PDF-1.7 and nothing else",
}


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    folder = tmp_path / "wiki"
    for name, text in PAGES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def _ids(inkdex: Inkdex, collection: str) -> list[str]:
    return sorted(each.id for each in inkdex.documents.list(collection=collection))


def test_import_a_wiki_and_filter_by_tag(cli: CommandLine, wiki: Path, collection: str) -> None:
    imported = cli("import", wiki, "--source", "w", "-c", collection, "--wait")
    assert imported.returncode == 1
    assert imported.stderr.startswith("broken.pdf: The file is damaged"), imported.stderr
    assert "5 accepted" in imported.stdout
    assert "ignored by .gitignore" in imported.stdout
    found = cli("search", "ink", "-c", collection, "--filter", '{"tags": "blue"}', "--json")
    hits = json.loads(found.stdout)["hits"]
    assert [each["document"]["id"] for each in hits] == ["w/ink.md"]
    assert hits[0]["document"]["title"] == "On ink"
    metadata = hits[0]["document"]["metadata"]
    assert metadata["tags"] == ["blue", "black"]
    assert (metadata["year"], metadata["path"], metadata["source"]) == (2021, "ink.md", "w")
    old = cli("search", "séchées", "-c", collection, "--json")
    assert json.loads(old.stdout)["hits"][0]["document"]["id"] == "w/latin.txt"


def test_a_found_text_is_printed_as_it_was_written(
    cli: CommandLine, inkdex: Inkdex, collection: str
) -> None:
    content = "Tom's ink & <b>quill</b>"
    inkdex.documents.put("a", content, collection=collection)
    found = cli("search", "ink", "-c", collection)
    assert found.stdout.rstrip("\n").endswith(f"\t{content}")


def test_delete_all_drafts(cli: CommandLine, inkdex: Inkdex, collection: str) -> None:
    documents = [{"id": f"{n}", "content": "x", "metadata": {"draft": n > 1}} for n in range(20)]
    inkdex.documents.bulk(documents, collection=collection)
    arguments = ("delete", "--filter", '{"draft": true}', "-c", collection)
    assert cli(*arguments).returncode == 2
    assert cli(*arguments, "--yes").stdout == "18 deleted\n"
    assert _ids(inkdex, collection) == ["0", "1"]


def test_export_and_import_again(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    documents = [{"id": f"{n}", "content": f"é {n}", "metadata": {"n": n}} for n in range(3)]
    inkdex.documents.bulk(documents, collection=collection)
    file = tmp_path / "out.jsonl"
    assert cli("export", collection, "-o", file).returncode == 0
    again = cli("import", file, "-c", f"{collection}-2")
    assert again.returncode == 0, again.stderr
    copied = {each.id: each for each in inkdex.documents.list(collection=f"{collection}-2")}
    assert {id_: (each.content, each.metadata) for id_, each in copied.items()} == {
        f"{n}": (f"é {n}", {"n": n}) for n in range(3)
    }


LONG = "ä/" * 100


def test_export_and_import_all_collections_whatever_their_names(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    suffixes = ("", "/a b%2F", "/é", "/A", "/a", f"{LONG}1", f"{LONG}2")
    names = {f"{collection}{suffix}" for suffix in suffixes}
    for name in names:
        inkdex.documents.put("a", f"Ink of {name}.", collection=name)
    exported = cli("export", "--all", "-o", tmp_path / "all")
    assert exported.returncode == 0, exported.stderr
    for name in names:
        inkdex.collections.delete(name)
    files = [each.name for each in (tmp_path / "all").iterdir()]
    assert len({each.casefold() for each in files}) == len(files)
    assert max(len(each.encode()) for each in files) <= 126
    again = cli("import", "--all", tmp_path / "all")
    assert again.returncode == 0, again.stderr
    for name in names:
        assert inkdex.documents.get("a", collection=name).content == f"Ink of {name}."


def test_lines_without_a_collection_go_to_that_of_the_file(
    cli: CommandLine, inkdex: Inkdex, collection: str, tmp_path: Path
) -> None:
    (tmp_path / f"{collection}%2Fa.jsonl").write_text('{"id": "a", "content": "Ink."}\n[]\n')
    imported = cli("import", "--all", tmp_path)
    assert imported.returncode == 1
    assert f"{collection}%2Fa.jsonl, line 2: is not a JSON object" in imported.stderr
    assert _ids(inkdex, f"{collection}/a") == ["a"]
    assert cli("import", "--all", tmp_path, "-c", collection).returncode == 2


def test_a_collection_is_renamed(cli: CommandLine, inkdex: Inkdex, collection: str) -> None:
    inkdex.documents.put("a", "Ink.", collection=collection)
    renamed = cli("collections", "rename", collection, f"{collection}-2")
    assert renamed.returncode == 0, renamed.stderr
    assert _ids(inkdex, f"{collection}-2") == ["a"]


def test_a_collection_gets_a_language(cli: CommandLine, inkdex: Inkdex, collection: str) -> None:
    for action, value, option, said in (
        ("create", ["Notizen"], ["--language", "de"], ("Notizen", "german")),
        ("describe", [], ["--language", "fr"], ("Notizen", "french")),
        ("describe", ["Notes"], [], ("Notes", "french")),
        ("describe", [], ["--language", ""], ("Notes", None)),
        ("describe", [], [], (None, None)),
    ):
        changed = cli("collections", action, collection, *value, *option)
        assert changed.returncode == 0, changed.stderr
        now = inkdex.collections.get(collection)
        assert (now.description, now.language) == said


def test_find_documents_similar_to_one(cli: CommandLine, inkdex: Inkdex, collection: str) -> None:
    for id_, content in {"a": "Ink dries.", "b": "Ink is drying.", "c": "Bread rises."}.items():
        inkdex.documents.put(id_, content, collection=collection)
    for id_ in "abc":
        embedded(inkdex, id_, collection)
    found = cli("similar", "a", "-c", collection)
    assert [line.split("\t")[1] for line in found.stdout.splitlines()] == ["b", "c"]


def test_retry_what_failed(cli: CommandLine, collection: str) -> None:
    retried = cli("retry", "-c", collection, "--json")
    assert json.loads(retried.stdout) == {"retried": 0}
    missing = cli("retry", "nothing", "-c", collection)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "Traceback" not in missing.stderr


def test_put_get_list_and_delete(cli: CommandLine, collection: str) -> None:
    put = cli("put", "a", "-", "--title", "T\x1b[31m", "--wait", "-c", collection, text="Ink.\n")
    assert put.stdout == "a ready, version 1\n", put.stderr
    assert cli("get", "a", "-c", collection).stdout == "Ink.\n\n"
    listed = cli("list", "-c", collection)
    assert "\x1b" not in listed.stdout
    assert listed.stdout.startswith("a\tready\t1\t")
    assert cli("delete", "a", "-c", collection).stdout == "1 deleted\n"
    refused = cli("get", "a", "-c", collection)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1


def test_lines_of_standard_input_are_imported(
    cli: CommandLine, inkdex: Inkdex, collection: str
) -> None:
    lines = '{"content": "Ink."}\n\nnot json\n{"id": "b", "content": ""}\n'
    done = cli("import", "-", "--json", "-c", collection, text=lines)
    report = json.loads(done.stdout)
    assert (done.returncode, report["accepted"], report["refused_count"]) == (1, 1, 2)
    again = cli("import", "-", "--json", "-c", collection, text='{"content": "Ink."}\n')
    assert json.loads(again.stdout)["unchanged"] == 1
    assert len(_ids(inkdex, collection)) == 1


def test_questions_are_answered_with_sources(
    cli: CommandLine, inkdex: Inkdex, collection: str
) -> None:
    inkdex.documents.put("a", "Ink dries in a minute.", title="Drying", collection=collection)
    embedded(inkdex, "a", collection)
    answered = cli("ask", "How long does ink take to dry?", "-c", collection)
    assert answered.returncode == 0, answered.stderr
    assert "[1] Drying (a)" in answered.stdout


@pytest.fixture
def watching(api: str, wiki: Path, tmp_path: Path, collection: str) -> Iterator[Path]:
    """A folder that is watched."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "client"), "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "inkdex", "watch", str(wiki), "--url", api]
    with subprocess.Popen(
        [*command, "--source", "w", "-c", collection, "--seconds", "0.3"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield wiki
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in output + errors


def test_a_folder_is_watched(watching: Path, inkdex: Inkdex, collection: str) -> None:
    def contents() -> dict[str, str]:
        return {each.id: each.content for each in inkdex.documents.list(collection=collection)}

    eventually(lambda: len(contents()) == 4, "the folder is synced", 60)
    (watching / "new.md").write_text("# New\n\nText.\n")
    eventually(lambda: "w/new.md" in contents(), "a new file is sent", 60)
    (watching / "new.md").unlink()
    (watching / "swap").write_text("Other.")
    (watching / "swap").rename(watching / "new.md")
    eventually(lambda: contents().get("w/new.md") == "Other.", "a saved file is sent", 60)
    watching.rename(watching.with_name("away"))
    time.sleep(2)
    watching.with_name("away").rename(watching)
    (watching / "new.md").write_text("After it was away.")
    eventually(lambda: contents().get("w/new.md") == "After it was away.", "it goes on", 60)


def test_commands_and_the_server(cli: CommandLine) -> None:
    status = cli("status")
    assert status.returncode == 0
    assert "postgres\tworks" in status.stdout
    assert cli("collections", "--json").returncode == 0
    assert cli("keys").stdout == ""
    assert cli("migrate", "default").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["search"], 2),
        (["search", "x", "--filter", "[]"], 2),
        (["delete"], 2),
        (["nothing"], 2),
        (["search", "x", "--url", "http://127.0.0.1:9"], 3),
        (["search", "x", "--url", "http://me:secret@127.0.0.1"], 2),
        (["import", "/nowhere"], 1),
    ],
    ids=["no-query", "filter", "no-id", "unknown", "away", "password", "no-file"],
)
def test_exit_statuses(tmp_path: Path, arguments: list[str], status: int) -> None:
    done = run_inkdex("http://127.0.0.1:9", tmp_path, *arguments)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_an_argument_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    done = run_inkdex("http://127.0.0.1:9", tmp_path, "get", os.fsdecode(b"caf\xe9"))
    assert done.returncode == 2
    assert done.stderr == "caf\N{REPLACEMENT CHARACTER} is not UTF-8.\n"


@pytest.mark.parametrize("key", ["geheimer-schlüssel-12345", "geheimer\nschlüssel", "geheimer\nx"])
def test_a_key_that_cannot_be_sent_is_not_shown(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDEX_API_KEY", key)
    done = run_inkdex("http://127.0.0.1:9", tmp_path, "get", "a")
    assert done.returncode == 2
    assert done.stderr == "The key of Inkdex must be printable ASCII.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "-c", os.fsdecode(b"caf\xe9")], "caf\N{REPLACEMENT CHARACTER} is not UTF-8."),
        (
            ["get", "a", "--url", os.fsdecode(b"http://me:secret\xe9@127.0.0.1")],
            "An argument has a character that cannot be sent.",
        ),
    ],
)
def test_an_argument_that_cannot_be_sent(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run_inkdex("http://127.0.0.1:9", tmp_path, *arguments, text="Ink.")
    assert (done.returncode, done.stderr) == (2, f"{message}\n")


def test_a_closed_pipe_is_quiet(api: str, inkdex: Inkdex, collection: str) -> None:
    documents = [{"id": f"{n}", "content": "x " * 500} for n in range(400)]
    inkdex.documents.bulk(documents, collection=collection)
    env = {**os.environ, "PYTHONPATH": str(ROOT / "client"), "INKDEX_URL": api}
    command = f"{sys.executable} -m inkdex list --json -c {collection} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from inkdex.commands.parser import make_parser; make_parser().format_help(); "
        "print([each for each in ('httpx', 'pydantic', 'asyncio') if each in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "client")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["up"], ["backup", "x"], ["make-key", "admin"]])
def test_without_the_server_its_commands_say_what_to_install(
    tmp_path: Path, arguments: list[str]
) -> None:
    done = run_inkdex("http://127.0.0.1:9", tmp_path, *arguments)
    assert done.returncode == 1
    assert done.stderr.endswith("Run: pip install 'inkdex[server]'\n")
