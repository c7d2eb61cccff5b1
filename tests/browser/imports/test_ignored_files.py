"""The page leaves out the same files as `inkdex import`."""

from pathlib import Path

import pytest
from inkdex.sources.ignore_rules import IgnoreRules
from inkdex.sources.supported import BARE_NAMES, SUFFIXES, unsupported
from playwright.sync_api import Page


def test_names_are_supported_as_by_the_command(page: Page) -> None:
    names = [f"a{suffix}" for suffix in SUFFIXES] + [*BARE_NAMES, "LICENSE", "b.MD", "c.zip", "d"]
    script = """async (names) => {
        const { unsupported } = await import("/console/import/supported.js");
        return names.map((name) => unsupported(name) !== null);
    }"""
    assert page.evaluate(script, names) == [unsupported(name) is not None for name in names]


PATTERNS = r"""
# a comment
*.log
!kept.log
/root.md
build/
docs/*.txt
docs/**/deep.md
**/any.md
tail/**
[ab]x.md
[!c]y.md
sp\ ace.md
\#hash.md
\!bang.md
trailing.md   
wild?.md
foo*bar/
"""  # noqa: W291
PATHS = [
    "a.log", "kept.log", "sub/a.log", "root.md", "sub/root.md", "build/", "build", "sub/build/",
    "docs/a.txt", "docs/sub/a.txt", "docs/deep.md", "docs/x/y/deep.md", "any.md", "x/any.md",
    "tail/", "tail/a.md", "tail/x/a.md", "ax.md", "bx.md", "dx.md", "cy.md", "dy.md", "sp ace.md",
    "#hash.md", "!bang.md", "trailing.md", "wild1.md", "wild12.md", "foo-bar/", "foo-bar",
    "foobar/", "x/foo-bar/",
]  # fmt: skip


def test_ignore_files_mean_the_same_as_to_the_command(page: Page, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(PATTERNS)
    (tmp_path / ".inkdexignore").write_text("!a.log\ndy.md")
    rules = IgnoreRules()
    for name in (".gitignore", ".inkdexignore"):
        rules = rules.with_file(tmp_path / name, "")
    script = """async ([texts, paths]) => {
        const { ignoring, rulesOf } = await import("/console/import/ignore_rules.js");
        const levels = [];
        for (const [name, text] of texts) levels.push(await rulesOf(new File([text], name), ""));
        return paths.map((path) => ignoring(levels, path));
    }"""
    texts = [(".gitignore", PATTERNS), (".inkdexignore", "!a.log\ndy.md")]
    found = page.evaluate(script, [texts, PATHS])
    assert dict(zip(PATHS, found, strict=True)) == {path: rules.ignoring(path) for path in PATHS}


def test_an_ignore_file_that_cannot_be_read_refuses_its_folder(page: Page) -> None:
    script = """async () => {
        const { Selection } = await import("/console/import/selection.js");
        const rules = { name: ".gitignore", file: async () => { throw new Error("locked"); } };
        const other = { name: "a.md", file: async () => new File(["a"], "a.md") };
        const below = { name: "below", list: async () => [rules, other] };
        const selection = new Selection();
        const nodes = [{ name: "top", list: async () => [below, other] }];
        await selection.add(nodes, new AbortController().signal);
        return [selection.files.map(({ path }) => path), selection.refused];
    }"""
    reason = "its ignore files cannot be read: locked"
    assert page.evaluate(script) == [["a.md"], [{"place": "below/", "reason": reason}]]


@pytest.mark.parametrize(
    "pattern", ["*a" * 100 + "b", "**/a/" * 60 + "b"], ids=["stars", "folders"]
)
def test_no_pattern_holds_up_the_page(page: Page, pattern: str) -> None:
    script = """async ([pattern, path]) => {
        const { pathTest } = await import("/console/import/wildcards.js");
        return [path, `${path}b`].map(pathTest(pattern));
    }"""
    path = "a/" * 120 if "/" in pattern else "a" * 240
    assert page.evaluate(script, [pattern, path]) == [False, True]
