"""What is in a folder, and what has changed."""

from pathlib import Path

import pytest
from inkdex.sources.folder import Folder
from inkdex.sources.origin import Found, Scan
from inkdex.sources.plan import make_plan
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


def test_a_scan_says_why_files_are_left_out(tmp_path: Path) -> None:
    for name in ("a.md", "b.pdf", ".hidden.md", "c.xyz", "node_modules/d.md", "out/e.md", "plain"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.md").symlink_to("a.md")
    (tmp_path / ".inkdexignore").write_text("out/\n[\n")
    found = Folder(tmp_path).scan()
    assert sorted(found.files) == ["a.md", "b.pdf"]
    assert sum(map(len, found.skipped.values())) == 7
    assert found.skipped["ignored by .inkdexignore"] == ["out"]


def test_a_folder_has_all_kinds_that_the_server_reads() -> None:
    assert {suffix for kind in kinds.KINDS for suffix in kind.suffixes} - {".json"} == SUFFIXES
    assert all(kinds.kind_by_name(name.upper(), None) for name in BARE_NAMES)


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
