"""A folder and its source: only what changed is embedded, and only what is gone is removed."""

import errno
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from inkdex import Inkdex
from inkdex.sources.folder import Folder
from inkdex.sources.origin import Content
from inkdex.sources.sync import Sync

from tests.client.conftest import run_inkdex, ten_minutes_pass
from tests.support.pdf_files import locked_pdf, pdf
from tests.support.proxy import Proxy
from tests.support.system import System

TEXTS = {f"page-{n}.md": f"# Page {n}\n\nInk number {n} dries on paper {n}.\n" for n in range(6)}
PAGES = [f"Quill number {n} is cut from a feather. " * 40 for n in range(3)]


class Wiki:
    """A folder that is synced with a system of its own."""

    def __init__(self, system: System, folder: Path, state: Path) -> None:
        self.url = str(system.client().base_url)
        self.folder = folder
        self.state = state
        self._system = system
        folder.mkdir()
        for name, text in TEXTS.items():
            (folder / name).write_text(text)

    def run(self, *more: str, status: int = 0) -> dict[str, Any]:
        """Sync, and return what it tells once all is embedded."""
        arguments = ("sync", self.folder, "--source", "wiki", "--json", *more)
        done = run_inkdex(self.url, self.state, *arguments)
        assert done.returncode == status, done.stderr + done.stdout
        self._system.settle()
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def ids(self) -> list[str]:
        with Inkdex(self.url) as inkdex:
            return sorted(each.id for each in inkdex.documents.list())

    def state_file(self) -> Path:
        return next(self.state.rglob("*.json"))

    def a_minute_passes(self) -> None:
        """Make what is absent absent for longer."""
        stored = json.loads(self.state_file().read_text())
        for each in stored["files"].values():
            if each["absent_since"] is not None:
                each["absent_since"] -= 60
        self.state_file().write_text(json.dumps(stored))


@pytest.fixture
def wiki(system: System, tmp_path: Path) -> Wiki:
    return Wiki(system, tmp_path / "wiki", tmp_path / "state")


def test_only_what_changed_is_embedded(wiki: Wiki, proxy: Proxy) -> None:
    assert wiki.run("--dry-run")["new"] == sorted(TEXTS)
    assert wiki.ids() == []
    assert wiki.run()["new"] == sorted(TEXTS)
    assert wiki.ids() == [f"wiki/{name}" for name in sorted(TEXTS)]
    proxy.forget()

    assert wiki.run()["unchanged"] == len(TEXTS)
    assert proxy.texts == []

    folder = wiki.folder / "sub"
    folder.mkdir()
    (wiki.folder / "page-0.md").rename(folder / "moved.md")
    report = wiki.run()
    assert report["renamed"] == {"sub/moved.md": "page-0.md"}
    assert proxy.texts == []
    assert wiki.ids() == [*(f"wiki/page-{n}.md" for n in range(1, 6)), "wiki/sub/moved.md"]

    (wiki.folder / "page-1.md").write_text("# Page 1\n\nA new text.\n")
    assert wiki.run()["changed"] == ["page-1.md"]
    assert len(proxy.texts) == 1

    # A lost state is learned from the server again, and nothing is embedded for it.
    proxy.forget()
    wiki.state_file().unlink()
    wiki.run()
    assert wiki.run()["unchanged"] == len(TEXTS)
    assert proxy.texts == []


def test_files_of_many_pages_are_renamed_without_being_embedded(wiki: Wiki, proxy: Proxy) -> None:
    (wiki.folder / "quills.pdf").write_bytes(pdf(PAGES))
    (wiki.folder / "locked.pdf").write_bytes(locked_pdf("secret"))
    report = wiki.run(status=1)
    assert "quills.pdf" in report["new"]
    assert list(report["unread"]) == ["locked.pdf"]
    assert "password" in report["unread"]["locked.pdf"]
    proxy.forget()

    (wiki.folder / "quills.pdf").rename(wiki.folder / "feathers.pdf")
    (wiki.folder / "locked.pdf").unlink()
    report = wiki.run(status=1)
    assert report["renamed"] == {"feathers.pdf": "quills.pdf"}
    assert proxy.texts == []
    assert "wiki/feathers.pdf" in wiki.ids()
    assert "wiki/quills.pdf" not in wiki.ids()

    wiki.a_minute_passes()
    assert wiki.run()["unread"] == {}


def test_a_source_that_was_imported_as_documents_is_synced(wiki: Wiki) -> None:
    with Inkdex(wiki.url) as inkdex:
        for name in (*TEXTS, "gone.md"):
            text = TEXTS.get(name, "A page that is gone.")
            inkdex.documents.put(f"wiki/{name}", text, metadata={"source": "wiki"})
    assert wiki.run()["absent"] == ["gone.md"]
    wiki.a_minute_passes()
    assert wiki.run()["removed"] == ["gone.md"]
    assert wiki.ids() == [f"wiki/{name}" for name in sorted(TEXTS)]


def test_a_document_goes_with_the_unreadable_file_that_was_sent_for_it(wiki: Wiki) -> None:
    with Inkdex(wiki.url) as inkdex:
        inkdex.documents.put("wiki/locked.pdf", "Ink dries.", metadata={"source": "wiki"})
    (wiki.folder / "locked.pdf").write_bytes(locked_pdf("secret"))
    assert list(wiki.run(status=1)["unread"]) == ["locked.pdf"]
    assert "wiki/locked.pdf" in wiki.ids()
    (wiki.folder / "locked.pdf").unlink()
    wiki.run(status=1)
    wiki.a_minute_passes()
    assert wiki.run()["removed"] == ["locked.pdf"]
    assert wiki.ids() == [f"wiki/{name}" for name in sorted(TEXTS)]


def test_another_folder_of_the_same_name_is_refused(wiki: Wiki, tmp_path: Path) -> None:
    other = tmp_path / "other" / "wiki"
    other.mkdir(parents=True)
    (other / "page-0.md").write_text("# Another page\n")
    assert run_inkdex(wiki.url, wiki.state, "sync", wiki.folder).returncode == 0
    refused = run_inkdex(wiki.url, wiki.state, "sync", other)
    assert refused.returncode == 1
    assert f"The source wiki is {wiki.folder}" in refused.stderr
    assert run_inkdex(wiki.url, wiki.state, "sync", other, "--source", "second").returncode == 0
    assert "second/page-0.md" in wiki.ids()


def test_what_the_server_lost_is_sent_again(wiki: Wiki) -> None:
    wiki.run()
    with Inkdex(wiki.url) as inkdex:
        inkdex.files.delete("wiki/page-0.md")
        inkdex.files.upload(b"# Another text\n", name="a.md", id="wiki/page-1.md", source="wiki")
        assert wiki.run()["unchanged"] == len(TEXTS)
        ten_minutes_pass(wiki.state)
        report = wiki.run()
        assert sorted(report["new"]) == ["page-0.md", "page-1.md"]
        assert report["unchanged"] == 4
        assert wiki.run()["unchanged"] == len(TEXTS)
        assert inkdex.documents.get("wiki/page-1.md").content == TEXTS["page-1.md"].rstrip()

        for file in inkdex.files.list():
            inkdex.files.delete(file.id)
        ten_minutes_pass(wiki.state)
        assert len(wiki.run("--dry-run")["new"]) == len(TEXTS)
        assert len(wiki.run()["new"]) == len(TEXTS)
        assert wiki.ids() == [f"wiki/{name}" for name in sorted(TEXTS)]


def test_a_source_is_listed_each_ten_minutes(
    inkdex: Inkdex,
    collection: str,
    wiki: Wiki,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asked: list[str] = []

    def note(request: httpx.Request) -> None:
        if request.method == "GET" and request.url.path != "/v1/whoami":
            asked.append(request.url.path)

    inkdex.http.event_hooks = {"request": [note]}

    def lists(*, listed: int, later: float = 0) -> None:
        asked.clear()
        sync = Sync.of(inkdex, Folder(wiki.folder), "w", collection)
        with monkeypatch.context() as clock, sync.open():
            now = time.time() + later
            clock.setattr("inkdex.sources.sync.time.time", lambda: now)
            sync.run()
        assert len(asked) == listed

    lists(listed=2)  # its files and its documents, because there is no state
    lists(listed=0)
    lists(listed=1, later=601)
    lists(listed=0, later=602)
    lists(listed=1)  # the clock was put back


def test_what_is_gone_is_removed_although_the_server_has_lost_the_source(wiki: Wiki) -> None:
    wiki.run()
    (wiki.folder / "page-5.md").unlink()
    assert wiki.run()["absent"] == ["page-5.md"]
    with Inkdex(wiki.url) as inkdex:
        for file in inkdex.files.list():
            inkdex.files.delete(file.id)
    wiki.a_minute_passes()
    ten_minutes_pass(wiki.state)
    report = wiki.run()
    assert len(report["new"]) == len(TEXTS) - 1
    assert (report["removed"], report["held"]) == (["page-5.md"], 0)


def test_a_refused_file_is_not_sent_again_at_once(
    inkdex: Inkdex,
    collection: str,
    wiki: Wiki,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    inkdex.documents.put("w/page-0.md", "Of another source.", collection=collection)
    sent: list[str] = []

    def note(request: httpx.Request) -> None:
        if request.method == "POST":
            sent.append(request.url.path)

    inkdex.http.event_hooks = {"request": [note]}
    sync = Sync.of(inkdex, Folder(wiki.folder), "w", collection)

    def refused(uploads: int) -> None:
        sent.clear()
        assert list(sync.run().refused) == ["page-0.md"]
        assert len(sent) == uploads

    with sync.open():
        refused(len(TEXTS))
        refused(0)
        (wiki.folder / "page-0.md").write_text("# Another text\n")
        refused(1)
        refused(0)
        monkeypatch.setattr("inkdex.sources.refusals.REFUSED_SECONDS", 0)
        (wiki.folder / "page-0.md").write_text("# One more text\n")
        refused(1)
        refused(1)


def test_a_file_that_could_not_be_read_here_is_sent_by_the_next_look(
    inkdex: Inkdex,
    collection: str,
    wiki: Wiki,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    content = Folder.content

    def fail(folder: Folder, path: str) -> Content:
        if path == "page-0.md":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return content(folder, path)

    sync = Sync.of(inkdex, Folder(wiki.folder), "w", collection)
    with sync.open():
        with monkeypatch.context() as disk:
            disk.setattr(Folder, "content", fail)
            assert sync.run().refused == {"page-0.md": "can't be read: Input/output error"}
        report = sync.run()
    assert (report.plan.new, report.sent, report.refused) == (["page-0.md"], 1, {})


def test_names_that_are_not_utf_8(wiki: Wiki) -> None:
    folder = wiki.folder.with_name(os.fsdecode(b"caf\xe9"))
    wiki.folder.rename(folder)
    (folder / "page-0.md").rename(folder / "\x1b]0;page\x07.md")
    done = run_inkdex(wiki.url, wiki.state, "sync", folder)
    assert done.returncode == 0, done.stderr
    assert "\n  \N{REPLACEMENT CHARACTER}]0;page" in done.stdout
    assert "\x1b" not in done.stdout
    assert "caf\N{REPLACEMENT CHARACTER}/page-1.md" in wiki.ids()

    latin = folder / os.fsdecode(b"caf\xe9.txt")
    latin.write_text("Ink.")
    done = run_inkdex(wiki.url, wiki.state, "import", latin)
    assert done.returncode == 1
    assert (
        "caf\N{REPLACEMENT CHARACTER}.txt: has a name that is not UTF-8; rename it" in done.stderr
    )


def test_what_is_gone_is_removed_after_a_minute(wiki: Wiki) -> None:
    wiki.run()
    (wiki.folder / "page-5.md").unlink()
    assert wiki.run()["absent"] == ["page-5.md"]
    assert "wiki/page-5.md" in wiki.ids()

    # An editor deletes and writes again: the document is never gone.
    wiki.a_minute_passes()
    (wiki.folder / "page-5.md").write_text(TEXTS["page-5.md"])
    assert wiki.run()["unchanged"] == len(TEXTS)
    (wiki.folder / "page-5.md").unlink()
    assert wiki.run()["absent"] == ["page-5.md"]

    wiki.a_minute_passes()
    assert wiki.run()["removed"] == ["page-5.md"]
    assert "wiki/page-5.md" not in wiki.ids()

    # More than half at once needs a word.
    for name in list(TEXTS)[:4]:
        (wiki.folder / name).unlink()
    wiki.run()
    wiki.a_minute_passes()
    assert wiki.run(status=1)["held"] == 4
    assert len(wiki.ids()) == 5
    assert len(wiki.run("--yes")["removed"]) == 4
    assert wiki.ids() == ["wiki/page-4.md"]

    shutil.rmtree(wiki.folder)
    done = run_inkdex(wiki.url, wiki.state, "sync", wiki.folder, "--source", "wiki")
    assert done.returncode == 1
    assert wiki.ids() == ["wiki/page-4.md"]
