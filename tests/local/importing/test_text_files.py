"""Finds the texts of a folder, and says why other files are left out."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from local.errors import StackError
from local.importing.items import Item, shown
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
    assert folder_of_texts(tmp_path).skipped == {
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
    skipped = folder_of_texts(tmp_path).skipped
    assert skipped["ignored by .gitignore"] == 5
    assert skipped["ignored by .inkdexignore"] == 2


def test_other_types_are_counted_by_suffix(tmp_path: Path) -> None:
    write(tmp_path, "a.pdf", "b.PDF", "c.docx", "README", "d.jsonl", "e." + "x" * 50)
    assert folder_of_texts(tmp_path).skipped == {
        ".pdf is not supported": 2,
        ".docx is not supported": 1,
        "a file without a suffix is not supported": 1,
        ".jsonl is not read in a folder; import such a file by itself": 1,
        "an unusual suffix is not supported": 1,
    }


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
    assert folder_of_texts(root).skipped == {
        "symbolic links": 4,
        "hidden, as the name begins with a dot": 1,
        "neither files nor folders": 2,
    }


def test_a_file_that_is_no_text_is_rejected_by_itself(tmp_path: Path) -> None:
    files = {
        "latin.txt": b"caf\xe9",
        "utf-16.txt": "Tinte".encode("utf-16"),
        "nul.txt": b"a\0b",
        "report.md": b"%PDF-1.7",
        "archive.txt": b"PK\x03\x04",
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
    assert imported(tmp_path) == [r"line\nend.txt"]
    long = f"{'n' * 200}/{'m' * 100}.md"
    assert problems(tmp_path) == {
        "latin.txt": "is not UTF-8; save it as UTF-8",
        "utf-16.txt": "is UTF-16; save it as UTF-8",
        "nul.txt": "has NUL bytes, so it is not a text in UTF-8",
        "report.md": "is a PDF, not a text",
        "archive.txt": "is a ZIP archive or an office document, not a text",
        "empty.txt": "empty files",
        "blank.md": "empty files",
        "large.txt": "is over 8,388,608 bytes",
        r"caf\xe9.txt": "has a name that is not UTF-8; rename it",
        r"d\xff/in.txt": "has a name that is not UTF-8; rename it",
        long: "would get an id of 304 characters, and 255 are allowed; shorten its path",
    }
    (item,) = (item for item in folder_of_texts(tmp_path).items(0) if item.line)
    assert document(item)["id"] == item.id == "line\nend.txt"
    assert document(item)["content"] == "A text.\nTwo lines."


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
