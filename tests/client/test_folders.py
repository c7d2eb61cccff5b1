"""What is in a folder, and what has changed."""

import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from inkdex.sources import folder
from inkdex.sources.folder import Folder, source_of
from inkdex.sources.origin import Away, Found, Scan, Unusable
from inkdex.sources.plan import make_plan
from inkdex.sources.refusals import Refusals
from inkdex.sources.state import Entry, State
from inkdex.sources.supported import BARE_NAMES, SUFFIXES
from inkdex.tokens import make_token

from shared.adapters.extraction import kinds

NOW = 1000.0


def _scan(**hashes: str) -> Scan:
    return Scan({path: Found(path, stamp) for path, stamp in hashes.items()})


def _known(**hashes: str) -> dict[str, Entry]:
    return {path: Entry(f"s/{path}", sha256, sha256) for path, sha256 in hashes.items()}


def test_a_renamed_file_is_found_by_its_hash() -> None:
    found = _scan(a="1", new="2", copy="1")
    plan = make_plan(found, _known(a="1", b="2"), lambda path: found.files[path].stamp, NOW)
    assert (plan.unchanged, plan.renamed, plan.new) == (["a"], {"new": "b"}, ["copy"])
    assert plan.absent == []


def test_two_renamed_files_of_one_content_are_both_found() -> None:
    found = _scan(c="1", d="1", e="1")
    plan = make_plan(found, _known(a="1", b="1"), lambda _: "1", NOW)
    assert (plan.renamed, plan.new) == ({"c": "a", "d": "b"}, ["e"])


@pytest.mark.parametrize(
    ("since", "removed"), [(None, False), (NOW - 59, False), (NOW - 60, True), (NOW + 9, False)]
)
def test_a_file_is_gone_after_a_minute(since: float | None, removed: bool) -> None:  # noqa: FBT001
    known = _known(a="1")
    known["a"].absent_since = since
    plan = make_plan(_scan(), known, lambda _: "", NOW)
    assert (plan.removed == ["a"], plan.absent == ["a"]) == (removed, not removed)


def test_what_cannot_be_seen_is_not_gone() -> None:
    found = Scan(problems={"sub": "can't be read"})
    known = {"sub/a": Entry("s/sub/a", "1"), "subway": Entry("s/subway", "2")}
    assert make_plan(found, known, lambda _: "", NOW).absent == ["subway"]
    assert make_plan(Scan(is_whole=False), known, lambda _: "", NOW).absent == []


def test_a_former_name_is_not_gone_until_the_renamed_file_is_read() -> None:
    known = _known(a="1", b="2")
    known["a"].moved_to = "s/c"
    plan = make_plan(_scan(), known, lambda _: "", NOW)
    assert (plan.absent, plan.removed) == (["b"], [])


def test_a_file_that_vanishes_is_a_problem_and_not_gone() -> None:
    def digest(path: str) -> str:
        raise FileNotFoundError(2, "No such file", path)

    found = _scan(a="2")
    plan = make_plan(found, _known(a="1"), digest, NOW)
    assert (plan.sent, plan.absent, plan.removed) == ([], [], [])
    assert "a" in found.problems


def _write(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_scan_says_why_files_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path, "a.md", "b.pdf", "sub/note.txt", "readme", "c.xyz", "plain", "d.json")
    _write(tmp_path, ".git/x.md", ".hidden.md", "node_modules/d.md", "cache/x.md", "venv/x.md")
    _write(tmp_path, "cache/CACHEDIR.TAG", "venv/pyvenv.cfg")
    _write(tmp_path, "empty.md", text="")
    (tmp_path / "link.md").symlink_to("a.md")
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.txt")
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == ["a.md", "b.pdf", "readme", "sub/note.txt"]
    assert found.skipped == {
        "hidden": [".git", ".hidden.md"],
        "folders of tools": ["node_modules", "venv/", "cache/"],
        "symbolic links": ["link.md", "loop"],
        "neither files nor folders": ["pipe.txt"],
        "empty files": ["empty.md"],
        ".xyz is not supported": ["c.xyz"],
        "files without a suffix are not supported": ["plain"],
        ".json is not read in a folder; import such a file by itself": ["d.json"],
    }


def test_ignore_files_count_at_every_level(tmp_path: Path) -> None:
    _write(tmp_path, ".gitignore", text="build/\n*.log.txt\n!kept.log.txt\n/top.md\n[z-a]\n!\n")
    _write(tmp_path, "sub/.inkdexignore", text="secret*\n!b.log.txt\n")
    _write(tmp_path, "sub/.gitignore", text="!secret.md\n!a.log.txt\n")
    _write(tmp_path, "build/x.md", "sub/build/x.md", "top.md", "sub/top.md", "build.md")
    _write(tmp_path, "a.log.txt", "kept.log.txt", "sub/a.log.txt", "sub/b.log.txt", "sub/c.log.txt")
    _write(tmp_path, "sub/secret.md", "sub/deep/secrets/x.md")
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == [
        *("build.md", "kept.log.txt", "sub/a.log.txt", "sub/b.log.txt", "sub/top.md")
    ]
    assert len(found.skipped["ignored by .gitignore"]) == 5
    assert found.skipped["ignored by .inkdexignore"] == ["sub/secret.md", "sub/deep/secrets"]


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "closed/x.md", "open.md", os.fsdecode(b"caf\xe9.md"))
    scandir = os.scandir

    def denied(path: Path) -> Any:  # noqa: ANN401
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == ["open.md"]
    assert found.problems == {
        "closed": "can't be read: Permission denied",
        "caf\udce9.md": "has a name that is not UTF-8; rename it",
    }


def _vanishing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete what has this name right after its folder was listed."""
    scandir = os.scandir

    def listed(path: Path) -> Any:  # noqa: ANN401
        with scandir(path) as listing:
            entries = list(listing)
        for each in entries:
            if each.name == name:
                shutil.rmtree(each) if each.is_dir() else Path(each).unlink()
        return nullcontext(entries)

    monkeypatch.setattr(os, "scandir", listed)


@pytest.mark.parametrize("name", ["gone.md", "sub/gone.md", "sub/gone"])
def test_what_vanishes_during_a_look_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _write(tmp_path, "a.md", "sub/b.md", "sub/deep/c.md", "z.md")
    _write(tmp_path, f"{name}/x.md" if name == "sub/gone" else name)
    _vanishing(Path(name).name, monkeypatch)
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == ["a.md", "sub/b.md", "sub/deep/c.md", "z.md"]
    assert found.problems == {}


def test_a_file_that_cannot_be_looked_at_does_not_hide_those_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "a.md", "closed.md", "sub/b.md")
    left_out = folder._left_out

    def denied(entry: "os.DirEntry[str]", *rest: Any) -> str | None:  # noqa: ANN401
        if entry.name == "closed.md":
            raise PermissionError(13, "Permission denied")
        return left_out(entry, *rest)

    monkeypatch.setattr(folder, "_left_out", denied)
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == ["a.md", "sub/b.md"]
    assert found.problems == {"closed.md": "can't be read: Permission denied"}


def test_a_folder_that_is_away_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(Away, match="can't be read: No such file"):
        Folder(tmp_path / "mounted later").scan()


def test_a_file_whose_name_is_not_utf_8_cannot_be_sent(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="not UTF-8; rename it"):
        Folder(tmp_path).content(os.fsdecode(b"caf\xe9.txt"))


def test_the_source_is_a_name_and_no_path(tmp_path: Path) -> None:
    folders = [tmp_path / "alpha" / "docs", tmp_path / "beta" / "docs"]
    alpha, beta = (source_of(each, None) for each in folders)
    assert alpha.name != beta.name
    assert alpha.name.startswith("docs-")
    assert len(beta.name) == 13
    assert alpha.prefix == ""
    named = source_of(folders[0], "mine")
    assert (named.name, named.prefix) == ("mine", "mine/")
    latin = tmp_path / os.fsdecode(b"caf\xe9")
    assert source_of(latin, None).name.startswith("caf\N{REPLACEMENT CHARACTER}-")
    assert Folder(latin).name == "caf\N{REPLACEMENT CHARACTER}"


def test_a_folder_has_all_kinds_that_the_server_reads() -> None:
    assert {suffix for kind in kinds.KINDS for suffix in kind.suffixes} - {".json"} == SUFFIXES
    assert all(kinds.kind_by_name(name.upper(), None) for name in BARE_NAMES)


def test_what_was_refused_is_left_out_until_it_changes_or_is_gone() -> None:
    digests = {"file": "1", "row": "2"}
    known = Refusals(digests.__getitem__)
    known.note(_scan(file="s", row=""), {"file": "too large", "row": "no room"})

    found = _scan(file="s", row="", other="")
    known.leave_out(found)
    assert list(found.files) == ["other"]
    assert found.problems == {"file": "too large", "row": "no room"}
    assert found.hides("file")

    digests["row"] = "3"
    found = _scan(file="new", row="")
    known.leave_out(found)
    assert sorted(found.files) == ["file", "row"]

    known.note(_scan(file="s"), {"file": "too large"})
    known.leave_out(_scan())
    found = _scan(file="s")
    known.leave_out(found)
    assert list(found.files) == ["file"]


def test_a_damaged_state_is_none(tmp_path: Path) -> None:
    state = State(tmp_path / "state.json", _known(a="1"))
    state.save()
    again = State(state.path)
    assert again.load()
    assert again.entries == state.entries
    state.path.write_text('{"files": {"a": {"what": 1}}}')
    assert not State(state.path).load()
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]


def test_a_token_is_made_of_a_key_alone() -> None:
    assert make_token("ik_abc_secret", ["notes-*"], {"team": "red"}).startswith("inkt_")
    with pytest.raises(ValueError, match="form"):
        make_token("secret", ["a"])
