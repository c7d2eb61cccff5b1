"""Finds the texts of a folder, and says why other files are left out."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from local.errors import StackError
from local.importing.items import Item, Upload, shown
from local.importing.text_files import folder_of_texts, single_text


def write(folder: Path, *names: str, text: str = "A text.") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def imported(folder: Path) -> list[str]:
    return [item.location for item in folder_of_texts(folder).items(0) if item.line]


def problems(folder: Path) -> dict[str, str | None]:
    items = folder_of_texts(folder).items(0)
    return {item.location: item.error or item.skipped for item in items if not item.line}


def skipped(folder: Path) -> dict[str, int]:
    return {reason: len(names) for reason, names in folder_of_texts(folder).skipped.items()}


def document(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(item.line)
    return found


def test_what_tools_keep_is_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        *("note.md", ".git/x.md", ".obsidian/x.md", ".trash/x.md", ".hidden.md"),
        *("node_modules/p/x.md", "a/__pycache__/x.txt", "venv/pyvenv.cfg", "venv/x.md"),
        *("cache/CACHEDIR.TAG", "cache/x.md", "a/note.txt"),
    )
    assert imported(tmp_path) == ["note.md", "a/note.txt"]
    assert skipped(tmp_path) == {
        "hidden, as the name begins with a dot": 4,
        "folders of tools, such as node_modules": 4,
    }
    assert imported(tmp_path / ".git") == ["x.md"]


def test_ignore_files_count_at_every_level(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="build/\n*.log.txt\n!kept.log.txt\n/top.md\n[z-a]\n!\n")
    write(tmp_path, "sub/.inkdexignore", text="secret*\n!b.log.txt\n")
    write(tmp_path, "sub/.gitignore", text="!secret.md\n!a.log.txt\n")
    write(tmp_path, "build/x.md", "sub/build/x.md", "top.md", "sub/top.md", "build.md")
    write(tmp_path, "a.log.txt", "kept.log.txt", "sub/a.log.txt", "sub/b.log.txt", "sub/c.log.txt")
    write(tmp_path, "sub/secret.md", "sub/deep/secrets/x.md")
    assert imported(tmp_path) == [
        *("build.md", "kept.log.txt", "sub/a.log.txt", "sub/b.log.txt", "sub/top.md")
    ]
    assert skipped(tmp_path)["ignored by .gitignore"] == 5
    assert skipped(tmp_path)["ignored by .inkdexignore"] == 2


def test_other_types_are_named_by_suffix(tmp_path: Path) -> None:
    write(tmp_path, "a.xlsx", "b.XLSX", "c.png", "notes", "d.json", "e." + "x" * 50)
    assert folder_of_texts(tmp_path).skipped == {
        ".xlsx is not supported": ["a.xlsx", "b.XLSX"],
        ".png is not supported": ["c.png"],
        "a file without a suffix is not supported": ["notes"],
        ".json is not read in a folder; import such a file by itself": ["d.json"],
        "an unusual suffix is not supported": ["e." + "x" * 50],
    }


def test_files_that_are_no_pages_are_left_to_the_server(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name, raw in (("a.pdf", b"%PDF-1.7"), ("below/b.csv", b"a,b"), ("c.md", b"%PDF-1.7")):
        (tmp_path / name).write_bytes(raw)
    items = list(folder_of_texts(tmp_path, "mine").items(0))
    uploads = {item.id: item.upload for item in items if item.upload}
    assert uploads == {
        "mine/a.pdf": Upload(tmp_path / "a.pdf", "mine", {"path": "a.pdf", "format": "pdf"}),
        "mine/c.md": Upload(tmp_path / "c.md", "mine", {"path": "c.md", "format": "pdf"}),
        "mine/below/b.csv": Upload(
            tmp_path / "below/b.csv", "mine", {"path": "below/b.csv", "format": "csv"}
        ),
    }
    assert not any(item.line for item in items)


def test_what_a_page_says_of_itself_is_stored(tmp_path: Path) -> None:
    write(tmp_path, "note.md", text="---\ntitle: Ink\nlang: de\ntags: [a]\npath: x\n---\nText\n")
    write(tmp_path, "page.html", text="<html lang=fr><title>Encre</title><body><p>Elle sèche.")
    write(tmp_path, "dry.py", text="def dry():\n    pass\n")
    found = {item.id: document(item) for item in folder_of_texts(tmp_path, "s").items(0)}
    note, page, code = found["s/note.md"], found["s/page.html"], found["s/dry.py"]
    assert (note["title"], note["content"]) == ("Ink", "Tags: a\n\nText\n")
    assert note["metadata"] == {
        "tags": ["a"],
        "lang": "de",
        "path": "note.md",
        "format": "markdown",
        "source": "s",
    }
    assert (page["title"], page["content"]) == ("Encre", "Elle sèche.")
    assert page["metadata"]["lang"] == "fr"
    assert (code["title"], code["content"]) == ("dry.py", "def dry():\n    pass\n")
    assert code["metadata"]["format"] == "code"


def test_links_and_what_is_no_file_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "outside", "x.md")
    root = tmp_path / "root"
    write(root, "real.md")
    for name, target in (
        *(("link.md", "real.md"), ("broken.md", "nowhere"), ("loop", ".")),
        *(("out", "../outside"), (".gitignore", "real.md")),
    ):
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(root)  # the path of a socket must be short
        listener.bind("socket.txt")
    assert imported(root) == ["real.md"]
    assert skipped(root) == {
        "symbolic links": 4,
        "hidden, as the name begins with a dot": 1,
        "neither files nor folders": 2,
    }


def test_a_file_that_is_no_text_is_rejected_by_itself(tmp_path: Path) -> None:
    files = {
        "latin.txt": b"caf\xe9",
        "utf-16.txt": "Tinte".encode("utf-16"),
        "nul.txt": b"a\0b",
        "report.pdf": b"words",
        "archive.txt": b"\x1f\x8b\x08",
        "empty.txt": b"",
        "blank.md": b" \r\n",
        "large.txt": b"x" * (8 * 1024 * 1024 + 1),
        os.fsdecode(b"caf\xe9.txt"): b"A text.",
        os.fsdecode(b"d\xff/in.txt"): b"A text.",
        "n" * 200 + "/" + "m" * 100 + ".md": b"A text.",
        "line\nend.txt": b"\xef\xbb\xbfA text.\r\nTwo lines.",
    }
    for name, raw in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
    assert imported(tmp_path) == ["latin.txt", r"line\nend.txt", "utf-16.txt"]
    long = f"{'n' * 200}/{'m' * 100}.md"
    assert problems(tmp_path) == {
        "nul.txt": "is not a text",
        "report.pdf": "is not a PDF",
        "archive.txt": "is compressed",
        "empty.txt": "empty files",
        "blank.md": "empty files",
        "large.txt": "is over 8,388,608 bytes",
        r"caf\xe9.txt": "has a name that is not UTF-8; rename it",
        r"d\xff/in.txt": "has a name that is not UTF-8; rename it",
        long: "would get an id of 304 characters, and 255 are allowed; shorten its path",
    }
    found = {item.id: document(item) for item in folder_of_texts(tmp_path).items(0) if item.line}
    assert found["line\nend.txt"]["content"] == "A text.\nTwo lines."
    assert found["latin.txt"]["content"] == "café"
    assert found["utf-16.txt"]["content"] == "Tinte"


def test_a_file_that_disappears_is_rejected(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    source = folder_of_texts(tmp_path)
    (tmp_path / "a.md").unlink()
    first, second = source.items(0)
    assert first.error == "can't be read: No such file or directory"
    assert second.id == "b.md"


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_what_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    write(tmp_path, "closed.md", "folder/x.md", "open.md")
    (tmp_path / "closed.md").chmod(0)
    (tmp_path / "folder").chmod(0)
    denied = "can't be read: Permission denied"
    assert problems(tmp_path) == {"closed.md": denied, "folder/": denied}
    assert imported(tmp_path) == ["open.md"]
    with pytest.raises(StackError, match="Permission denied"):
        folder_of_texts(tmp_path / "folder")
    (tmp_path / "folder").chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "folder/x.md", "open.md")
    scandir = os.scandir

    def denied(path: str) -> Any:  # noqa: ANN401
        if path.endswith("folder/"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    assert problems(tmp_path) == {"folder/": "can't be read: Permission denied"}
    assert imported(tmp_path) == ["open.md"]


def test_the_source_is_a_name_and_no_path(tmp_path: Path) -> None:
    folders = [tmp_path / project / "docs" for project in ("alpha", "beta")]
    sources = []
    for folder in folders:
        write(folder, "README.md")
        (item,) = folder_of_texts(folder).items(0)
        (alone,) = single_text(folder / "README.md").items(0)
        assert alone.line == item.line
        sources.append(document(item)["metadata"]["source"])
    assert sources[0] != sources[1]
    assert all(source.startswith("docs-") and len(source) == 13 for source in sources)
    (named,) = folder_of_texts(folders[0], "mine").items(0)
    assert document(named)["id"] == named.id == "mine/README.md"
    assert document(named)["metadata"]["source"] == "mine"
    assert document(named)["metadata"]["path"] == "README.md"


def test_names_are_shown_on_one_line() -> None:
    assert shown("Grüße 🙂") == "Grüße 🙂"
    assert shown("a\nb\x1b[31m\udce9\ud800") == r"a\nb\x1b[31m\xe9\ud800"
