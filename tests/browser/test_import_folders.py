"""Tests of what the page of imports finds in folders, and of what it shows afterwards."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from inkdex.sources.ignore_rules import IgnoreRules
from inkdex.sources.supported import BARE_NAMES, SUFFIXES, unsupported
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.importing import (
    PATH,
    choose,
    choose_folder,
    expect_counts,
    expect_ready,
    lines,
    not_imported,
    stored,
)
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS
from tests.client.conftest import run_inkdex
from tests.support import model_faults as faults
from tests.support.pdf_files import locked_pdf, pdf


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH)


def folder(path: Path) -> Path:
    """A folder with files of many kinds, and with some that are left out."""
    texts = {
        "README": "About ink.",
        "notes/deep/Über Tinte.md": "# Tinte\n\nSie trocknet.",
        "notes/page.html": "<title>Paper</title><p>Paper is made of rags, and later of wood.</p>",
        "notes/rows.jsonl": '{"content": "one"}\n{"content": "two"}\n',
        "notes/data.json": "{}",
        "notes/empty.txt": "",
        "notes/.hidden.md": "secret",
        "notes/photo.png": "PNG",
        ".git/config.ini": "x",
        "node_modules/ink/index.js": "x",
        "venv/pyvenv.cfg": "x",
        "venv/lib.py": "x",
        ".gitignore": "drafts/\n*.log\n!kept.log\n",
        "drafts/a.md": "draft",
        "a.log": "left out",
        "kept.log": "kept",
    }
    for name, text in texts.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (path / "handbook.pdf").write_bytes(pdf(["Ink on the first page.", "Paper on the second."]))
    return path


LEFT_OUT = {
    ".git/", ".gitignore", "a.log", "drafts/", "node_modules/", "notes/.hidden.md",
    "notes/data.json", "notes/empty.txt", "notes/photo.png", "venv/",
}  # fmt: skip


def places(page: Page) -> set[str]:
    """Return the places of what was not imported."""
    return set(not_imported(page).locator("strong").all_text_contents())


def expect_imported_without_skipped(page: Page, name: str) -> None:
    text = f"Imported {name}, without what was skipped."
    expect(page.locator("#import-state")).to_have_text(text, timeout=60_000)


def test_a_folder_becomes_the_same_documents_as_by_the_command(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = folder(tmp_path / "library")
    choose_folder(page, path)
    expect_counts(page, "6 of 16 items are searchable. 10 skipped.")
    expect_imported_without_skipped(page, "library")
    for stage in ("sent", "read", "ready"):
        expect(page.locator(f"#stage-{stage}")).to_contain_text("6 of 6 files")
    option = page.get_by_label("Collection", exact=True).locator("option:checked")
    expect(option).to_have_text(f"{collection} · 6")
    assert places(page) == LEFT_OUT
    arguments = ("import", path, "-c", f"{collection}-command", "--wait", "--json")
    done = run_inkdex(stack.url, tmp_path / ".state", *arguments)
    assert done.returncode == 0, done.stderr
    skipped = {each for paths in json.loads(done.stdout)["skipped"].values() for each in paths}
    assert {each.rstrip("/") for each in LEFT_OUT} == {each.rstrip("/") for each in skipped}
    of_page, of_command = (
        {id_: (each["title"], each["content"]) for id_, each in stored(stack, name).items()}
        for name in (collection, f"{collection}-command")
    )
    assert of_page == of_command
    assert {"handbook.pdf", "notes/deep/Über Tinte.md", "kept.log"} <= set(of_page)


def test_what_the_page_leaves_out_has_the_same_reasons_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    path = folder(tmp_path / "library")
    (path / ("long" * 20)).mkdir()
    (path / ("long" * 20) / f"{'name' * 50}.md").write_text("Its path is too long.")
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    live = not_imported(page).all_text_contents()
    assert len(live) == 11
    account = "6 of 17 items are searchable"
    expect_counts(page, f"{account}. 1 rejected, 10 skipped.")
    page.reload()
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row.locator("summary").first).to_contain_text("Your last import: library")
    expect(row.locator("summary").first).to_contain_text(
        f"1 rejected, 10 skipped · See why{account} ·"
    )
    row.locator("summary").first.press("Enter")
    kept = row.get_by_label("Why it was not imported").get_by_role("listitem")
    expect(kept).to_have_count(11)
    assert kept.all_text_contents() == live
    expect(row.get_by_role("status")).to_have_text("1 rejected, 10 skipped")
    expect(row).to_contain_text(re.compile("Rejected1Skipped10"))


@pytest.mark.parametrize("status", [404, 500])
def test_an_import_is_whole_where_the_server_keeps_no_list(
    page: Page, page_errors: PageErrors, tmp_path: Path, status: int
) -> None:
    page_errors.ignored = str(status)
    page.route(
        re.compile(r"/skipped\?"),
        lambda route: route.fulfill(status=status, json={"detail": "No."}),
    )
    choose_folder(page, folder(tmp_path / "library"))
    expect_imported_without_skipped(page, "library")


def test_a_thousand_of_what_is_skipped_are_named_after_the_files(page: Page) -> None:
    told: list[dict[str, Any]] = page.evaluate("""async () => {
        const { tellSkipped } = await import("/console/import/tell_skipped.js");
        const sent = [];
        window.fetch = async (url, { body }) => {
            sent.push(JSON.parse(body));
            return new Response(null, { status: 204 });
        };
        const named = (count) => Array(count).fill({ place: "a", reason: "hidden" });
        const { signal } = new AbortController();
        const options = { id: "i", collection: "c", signal, onwait() {} };
        await tellSkipped({ skipped: named(40_000), rejected: named(1) }, options);
        return sent;
    }""")
    items = [each for body in told for each in body["items"]]
    assert [each["skipped"] for each in items] == [False] + [True] * 1000
    assert max(len(body["items"]) for body in told) <= 50
    assert (told[-1]["more_skipped"], told[-1]["more_rejected"]) == (39_000, 0)


def test_a_refusal_of_a_proxy_is_told_to_the_server(
    page: Page, page_errors: PageErrors, tmp_path: Path
) -> None:
    page_errors.ignored = "413"
    page.route(
        re.compile(r"/v1/files\?.*import="),
        lambda route: route.fulfill(status=413, body="<html>Too large</html>"),
    )
    (tmp_path / "large.txt").write_text("ink")
    with page.expect_request(re.compile(r"/skipped\?")) as told:
        choose(page, tmp_path / "large.txt")
    (item,) = json.loads(told.value.post_data or "")["items"]
    assert (item["name"], item["skipped"]) == ("large.txt", False)


def test_a_dropped_folder_is_read_with_the_folders_in_it(page: Page, tmp_path: Path) -> None:
    path = folder(tmp_path / "library")
    (tmp_path / "single.md").write_text("Beside the folder.")
    data = {"items": [], "files": [str(path), str(tmp_path / "single.md")], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_visible()
    session.send("Input.dispatchDragEvent", {"type": "drop", "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_hidden()
    expect_counts(page, "7 of 17 items are searchable. 10 skipped.")
    assert places(page) == LEFT_OUT


def test_a_file_that_cannot_be_read_is_deleted_also_after_a_reload(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    (tmp_path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    (tmp_path / "open.md").write_text("Ink")
    choose(page, tmp_path / "locked.pdf", tmp_path / "open.md")
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    expect_counts(page, "1 of 2 files is searchable. 1 failed.")
    expect(not_imported(page)).to_contain_text(re.compile("locked.pdf: .*password"))
    page.reload()
    listed = page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")
    expect(listed).to_have_count(2)
    page.get_by_role("radio", name="Failed files").check()
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text(re.compile("locked.pdf.*password", re.DOTALL))
    unless = "Retry helps only if a limit or the model has changed."
    expect(listed).to_contain_text(unless)
    expect(page.get_by_role("button", name="Retry locked.pdf")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    expect(page.get_by_role("button", name="Retry these")).to_be_hidden()
    expect(page.locator("#files-state")).to_have_text("1 file could not be read.")
    delete = page.get_by_role("button", name="Delete locked.pdf")
    delete.press("Enter")
    page.clock.run_for(1000)
    page.get_by_role("button", name="Delete locked.pdf?").press("Enter")
    expect(listed).to_have_count(0)
    expect(page.locator("#files-state")).to_have_text("No file has failed.")
    expect(page.get_by_role("radio", name="Failed files")).to_be_focused()
    assert set(stored(stack, collection)) == {"open.md"}


def test_failed_documents_and_files_are_told_apart(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(500, "no luck"))
    texts = {"bad.md": b"unreadable", "locked.pdf": locked_pdf("Ink"), "open.md": b"Ink"}
    for name, content in texts.items():
        (tmp_path / name).write_bytes(content)
    choose(page, *(tmp_path / name for name in texts))
    expect(page.locator("#import-counts")).to_contain_text("2 failed", timeout=60_000)
    expect(page.locator("#files-state")).to_have_text("1 file could not be read.")
    note = page.locator("#failed-documents")
    expect(note).to_contain_text("1 failed document: it could not be embedded.")
    page.get_by_role("button", name="Delete bad.md").press("Enter")
    question = page.get_by_role("button", name="Delete bad.md and its 1 document?")
    expect(question).to_be_visible()
    question.press("Escape")
    stack.proxy.heal()
    with page.expect_response(
        lambda answer: answer.url.endswith(f"/retry?collection={collection}")
    ):
        page.get_by_role("button", name="Retry bad.md").press("Enter")
    expect(note).to_be_hidden()
    expect(page.locator("#files-state")).to_have_text("1 file could not be read.")


def test_what_another_client_writes_changes_how_many_documents_failed(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(500, "no luck"))
    note = page.locator("#failed-documents")
    expect(page.locator("#files-state")).to_contain_text("No files")
    expect(note).to_be_hidden()
    stack.write(*({"id": n, "content": f"unreadable {n}"} for n in "ab"), collection=collection)
    expect(note).to_contain_text("2 failed documents: they could not be embedded.", timeout=30_000)
    params = {"collection": collection}
    url = f"{stack.url}/v1/documents/a"
    httpx.delete(url, params=params, trust_env=False).raise_for_status()
    expect(note).to_contain_text("1 failed document: it could not be embedded.")


def test_a_refused_try_is_forgotten_with_the_next(
    page: Page, page_errors: PageErrors, tmp_path: Path
) -> None:
    page_errors.ignored = "503"
    (tmp_path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    choose(page, tmp_path / "locked.pdf")
    retry = page.get_by_role("button", name="Retry locked.pdf")
    message = page.locator("#files-message")
    away = re.compile("/retry")
    page.route(away, lambda route: route.fulfill(status=503, body="{}"))
    retry.press("Enter")
    expect(message).to_contain_text("locked.pdf could not be tried again.")
    page.unroute(away)
    retry.press("Enter")
    expect(message).to_be_empty()


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"accepted": 3, "failed": 3}, "failed"),
        ({"accepted": 3, "failed": 2, "ready": 1}, "incomplete"),
        ({"accepted": 3, "failed": 3, "unchanged": 1}, "incomplete"),
        ({"rejected": 1}, "nothing imported"),
        ({"unchanged": 1}, "nothing new"),
    ],
    ids=["all failed", "some failed", "some are unchanged", "all rejected", "all unchanged"],
)
def test_an_import_is_incomplete_only_if_something_of_it_is_there(
    page: Page, counts: dict[str, int], state: str
) -> None:
    names = ("accepted", "unchanged", "rejected", "skipped", "ready", "failed", "pending")
    found = dict.fromkeys((*names, "vectors_used", "bytes"), 0) | counts
    times = dict.fromkeys(("started_at", "ended_at"), "2026-01-01T00:00:00Z")
    script = """async (found) => {
        const { ImportRow } = await import("/console/import/import_row.js");
        return new ImportRow().update(found).state.textContent;
    }"""
    assert page.evaluate(script, found | times | {"id": "i", "state": "done"}) == state


def test_an_import_is_no_longer_sent_after_its_last_file(page: Page, tmp_path: Path) -> None:
    (tmp_path / "open.md").write_text("Ink")
    with page.expect_response(re.compile(r"/v1/imports/[^/]+/end$")) as told:
        choose(page, tmp_path / "open.md")
    handle = told.value.url.removesuffix("/end")
    state = httpx.get(handle, trust_env=False).raise_for_status().json()["state"]
    assert state in {"embedding", "done"}
    expect_ready(page, "open.md")
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row).to_have_attribute("data-status", "ready")


def test_the_imports_of_the_tab_are_marked(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(name)
        choose(page, tmp_path / name)
        expect_ready(page, name)
    other = lines(tmp_path / "three.jsonl", {"content": "three"})
    run_inkdex(stack.url, tmp_path / ".state", "import", other, "-c", collection)
    page.reload()
    rows = page.get_by_label("Imports, newest first").get_by_role("listitem")
    own = rows.get_by_text("Your last import")
    expect(own).to_have_text("Your last import: two.md")
    expect(rows.first).not_to_contain_text("Your")
    expect(rows.get_by_text("Your import")).to_have_text("Your import: one.md")


def test_on_a_phone_the_last_import_stands_above_the_files(
    open_page: Open, stack: Stack, collection: str, tmp_path: Path
) -> None:
    page = open_page(path=PATH, size=PHONE)
    (tmp_path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    choose(page, tmp_path / "locked.pdf")
    expect_counts(page, "0 of 1 file is searchable. 1 failed.")
    for number in range(4):
        bulk = f"{stack.url}/v1/documents/bulk?collection={collection}"
        httpx.post(bulk, json=[{"content": f"{number}"}], trust_env=False).raise_for_status()
    page.reload()
    rows = page.get_by_label("Imports, newest first").locator(".import-row")
    expect(rows).to_have_count(4)
    expect(rows.last).to_contain_text("Your last import: locked.pdf")
    why = rows.last.get_by_text("See why").bounding_box()
    files = page.get_by_role("heading", name="Files in this collection").bounding_box()
    assert why
    assert files
    assert why["y"] < files["y"]
    page.locator("#more-imports").click()
    expect(rows.nth(4)).to_be_visible()


def test_imports_are_listed_after_a_reload(page: Page, tmp_path: Path) -> None:
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, {"content": "two"}, []))
    expect(page.locator("#import-state")).to_contain_text("Imported leaves.jsonl", timeout=60_000)
    page.reload()
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row).to_contain_text("1 rejected · See why2 of 3 items are searchable")
    row.locator("summary").press("Enter")
    expect(row).to_contain_text(re.compile("Ready2.*Rejected1", re.DOTALL))
    reasons = row.get_by_label("Why it was not imported").get_by_role("listitem")
    expect(reasons).to_have_text(["rejected Line 3 of request 1: must be a JSON object"])


def test_files_of_an_import_keep_their_reasons_after_a_reload(page: Page, tmp_path: Path) -> None:
    (tmp_path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    (tmp_path / "open.md").write_text("Ink")
    bad = lines(tmp_path / "bad.jsonl", {"content": "good"}, *([] for _ in range(20)))
    choose(page, tmp_path / "locked.pdf", tmp_path / "open.md", bad)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    page.reload()
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row).to_contain_text(re.compile("1 failed, 20 rejected.*2 of 23 items", re.DOTALL))
    row.locator("summary").first.press("Enter")
    expect(row.get_by_role("status")).to_have_text("1 failed, 20 rejected")
    groups = row.get_by_label("Why it was not imported").locator("summary")
    expect(groups).to_have_count(2)
    groups.last.press("Enter")
    expect(row.get_by_text("Line 21 of request 1")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    with page.expect_download() as download:
        row.get_by_role("button", name="Save the list").click()
    saved = Path(download.value.path()).read_text().splitlines()
    assert len(saved) == 1 + 21
    assert saved[1].startswith("failed\tlocked.pdf\tThe file")


def test_every_file_of_a_folder_has_one_fate_and_one_name(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    files = {f"{number}.txt": b"Ink %d" % number for number in range(12)}
    files |= {"broken.pdf": locked_pdf("Ink"), "blob.bin": b"\0", "empty.txt": b""}
    for name, content in files.items():
        (path / name).write_bytes(content)
    choose_folder(page, path)
    account = "12 of 15 files are searchable. 1 failed, 2 skipped."
    expect_counts(page, account)
    names = ["broken.pdf", "blob.bin", "empty.txt"]
    expect(not_imported(page).locator("strong")).to_have_text(names)
    live = not_imported(page).all_text_contents()
    assert [each.partition(" ")[0] for each in live] == ["failed", "skipped", "skipped"]
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row).to_contain_text("1 failed, 2 skipped · See why12 of 15 items are searchable ·")
    page.reload()
    row.locator("summary").press("Enter")
    kept = row.get_by_label("Why it was not imported").get_by_role("listitem")
    expect(kept).to_have_text(live)
    with page.expect_download() as download:
        row.get_by_role("button", name="Save the list").click()
    saved = Path(download.value.path()).read_text().splitlines()[1:]
    assert [each.split("\t")[1] for each in saved] == names


def test_what_several_folders_leave_out_is_named_with_the_folder(page: Page) -> None:
    script = """async () => {
        const { Selection } = await import("/console/import/selection.js");
        const file = (name) => ({ name, file: async () => new File(["ink"], name) });
        const folder = (name) => ({ name, list: async () => [file(".env"), file("a.md")] });
        const placesOf = async (...nodes) => {
            const selection = new Selection();
            await selection.add(nodes, new AbortController().signal);
            return selection.skipped.map(({ place }) => place);
        };
        return [await placesOf(folder("one")), await placesOf(folder("one"), folder("two"))];
    }"""
    assert page.evaluate(script) == [[".env"], ["one/.env", "two/.env"]]


def test_while_it_is_sent_an_import_of_the_list_claims_no_total(page: Page) -> None:
    counts = {"accepted": 6, "unchanged": 0, "rejected": 0, "skipped": 0, "ready": 2}
    found = counts | {"failed": 0, "pending": 4, "vectors_used": 0, "bytes": 0, "id": "i"}
    times = dict.fromkeys(("started_at", "ended_at"), "2026-01-01T00:00:00Z")
    script = """async (found) => {
        const { ImportRow } = await import("/console/import/import_row.js");
        return new ImportRow().update(found).summary.textContent;
    }"""
    receiving, embedding = (
        page.evaluate(script, found | times | {"state": state})
        for state in ("receiving", "embedding")
    )
    assert receiving.startswith("6 items received so far · ")
    assert embedding.startswith("2 of 6 items are searchable · 4 pending · ")


def test_a_choice_of_files_shows_no_others_meanwhile(
    page: Page, tmp_path: Path, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    (tmp_path / "open.md").write_text("Ink")
    choose(page, tmp_path / "open.md")
    expect_ready(page, "open.md")
    listed = page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")
    expect(listed).to_have_count(1)
    page.route("**/v1/files?*", lambda route: route.abort())
    page.get_by_role("radio", name="Failed files").check()
    expect(listed).to_have_count(0)
    page.unroute_all()
    page.get_by_role("radio", name="All", exact=True).check()
    expect(listed).to_have_count(1)


def test_a_file_of_another_source_is_replaced_only_if_the_user_wants_it(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "same.md").write_text("Of the folder.")
    stack.write({"id": "same.md", "content": "Written before."}, collection=collection)
    stack.write({"id": "other", "content": "x", "metadata": {"source": "b"}}, collection=collection)
    choose_folder(page, path)
    expect_counts(page, "0 of 1 file is searchable. 1 rejected.")
    expect(not_imported(page)).to_contain_text("same.md: Another source has written")
    page.get_by_label("Replace files of the same name").check()
    choose_folder(page, path)
    expect_ready(page, "a")
    assert stored(stack, collection)["same.md"]["content"] == "Of the folder."


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


def test_the_page_fits_and_is_accessible_on_every_screen(page: Page, tmp_path: Path) -> None:
    path = folder(tmp_path / "library")
    (path / ("long-" * 30 + ".md")).write_text("A long name.")
    (path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, []))
    expect(page.locator("#import-state")).to_contain_text("Imported leaves.jsonl", timeout=60_000)
    page.get_by_label("Imports, newest first").locator("summary").first.click()
    page.get_by_text("What happens to my files").click()
    page.emulate_media(reduced_motion="reduce")
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
