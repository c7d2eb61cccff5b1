"""The list of imports, also after a reload."""

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.confirming import CONFIRM_DELAY_MS
from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.imports.importing import (
    PATH,
    choose,
    expect_counts,
    expect_ready,
    lines,
    listed_imports,
)
from tests.browser.stack import Stack
from tests.client.conftest import run_inkdex
from tests.support.pdf_files import locked_pdf


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"accepted": 3, "failed": 3}, "failed"),
        ({"accepted": 3, "failed": 2, "ready": 1}, "incomplete"),
        ({"accepted": 3, "failed": 3, "unchanged": 1}, "incomplete"),
        ({"rejected": 1}, "nothing imported"),
        ({"unchanged": 1}, "nothing new"),
        ({"accepted": 1, "deleted": 1}, "deleted"),
        ({"accepted": 2, "deleted": 1, "ready": 1}, "ready"),
        ({"accepted": 2, "deleted": 1, "failed": 1}, "failed"),
    ],
    ids=[
        "all failed",
        "some failed",
        "some are unchanged",
        "all rejected",
        "all unchanged",
        "all deleted",
        "some deleted",
        "others failed",
    ],
)
def test_an_import_is_incomplete_only_if_something_of_it_is_there(
    page: Page, counts: dict[str, int], state: str
) -> None:
    names = (
        "accepted",
        "unchanged",
        "rejected",
        "skipped",
        "ready",
        "failed",
        "deleted",
        "pending",
    )
    found = dict.fromkeys((*names, "vectors_used", "bytes"), 0) | counts
    times = dict.fromkeys(("started_at", "ended_at"), "2026-01-01T00:00:00Z")
    script = """async (found) => {
        const { ImportRow } = await import("/console/import/import_row.js");
        return new ImportRow().update(found).state.textContent;
    }"""
    assert page.evaluate(script, found | times | {"id": "i", "state": "done"}) == state


def test_while_it_is_sent_an_import_of_the_list_claims_no_total(page: Page) -> None:
    counts = {"accepted": 6, "unchanged": 0, "rejected": 0, "skipped": 0, "ready": 2}
    found = counts | {
        "failed": 0,
        "pending": 3,
        "deleted": 1,
        "vectors_used": 0,
        "bytes": 0,
        "id": "i",
    }
    times = {"started_at": "2026-01-01T00:00:00Z", "ended_at": None}
    script = """async (found) => {
        const { ImportRow } = await import("/console/import/import_row.js");
        const { summary, progress } = new ImportRow().update(found);
        return [summary.textContent, progress.value];
    }"""
    (receiving, _), (embedding, progress) = (
        page.evaluate(script, found | times | {"state": state})
        for state in ("receiving", "embedding")
    )
    assert receiving.startswith("6 items received so far · ")
    assert embedding.startswith("2 of 6 items are searchable · 3 pending · 1 deleted · ")
    assert progress == 0.5


def test_an_import_is_no_longer_sent_after_its_last_file(page: Page, tmp_path: Path) -> None:
    (tmp_path / "open.md").write_text("Ink")
    with page.expect_response(re.compile(r"/v1/imports/[^/]+/end$")) as told:
        choose(page, tmp_path / "open.md")
    handle = told.value.url.removesuffix("/end")
    state = httpx.get(handle, trust_env=False).raise_for_status().json()["state"]
    assert state in {"embedding", "done"}
    expect_ready(page, "open.md")
    row = listed_imports(page).first
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
    rows = listed_imports(page)
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


def test_what_was_deleted_before_it_was_ready_was_never_searchable(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    stack.write({"content": f"Paper of {collection}"}, collection=collection)
    (tmp_path / "locked.pdf").write_bytes(locked_pdf(f"Ink of {collection}"))
    choose(page, tmp_path / "locked.pdf")
    state = page.locator("#import-state")
    expect(state).to_have_text("Nothing of locked.pdf could be imported.", timeout=60_000)
    row = listed_imports(page).first
    expect(row).to_have_attribute("data-status", "failed")
    page.get_by_role("button", name="Delete locked.pdf").click()
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.get_by_role("button", name="Delete locked.pdf?").click()
    expect(row).to_have_attribute("data-status", "deleted")
    expect(row).to_contain_text(
        re.compile(r"0 of 1 item became searchable · 1 deleted · [\d.]+\sk?B received")
    )


@pytest.mark.parametrize(
    ("before", "deleted", "after"),
    [
        ("failed", 0, ["failed", "It was deleted."]),
        ("failed", 1, ["failed", "It was deleted."]),
        ("read", 1, ["deleted", "It is broken."]),
        ("deleted", 1, ["deleted", "It is broken."]),
        ("read", 0, ["ready", None]),
        ("ready", 1, ["ready", None]),
    ],
)
def test_a_file_that_is_deleted_while_others_wait_is_not_ready(
    page: Page, page_errors: PageErrors, before: str, deleted: int, after: list[str | None]
) -> None:
    page_errors.ignored = "404"
    function = """async ([state, deleted]) => {
        const { listFiles, settleFiles } = await import("/console/import/follow_files.js");
        const file = { state, reason: "It is broken.", isUnread: true };
        const { signal } = new AbortController();
        await settleFiles(await listFiles(new Map([["a.pdf", file]]), "c", signal), deleted, signal);
        return [file.state, file.reason];
    }"""
    page.route(
        "**/v1/files?**", lambda route: route.fulfill(json={"items": [], "next_cursor": None})
    )
    found = "**/v1/files/a.pdf?**"
    page.route(found, lambda route: route.fulfill(json={"id": "a.pdf"}))
    assert page.evaluate(function, [before, deleted]) == ["ready", None]
    page.route(found, lambda route: route.fulfill(status=404, json={"detail": "No such file."}))
    assert page.evaluate(function, [before, deleted]) == after


def test_an_import_tells_what_it_did_also_if_a_document_is_deleted_later(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    (tmp_path / "open.md").write_text(f"Ink of {collection}\n")
    choose(page, tmp_path / "open.md")
    expect_ready(page, "open.md")
    url = f"{stack.url}/v1/documents/open.md?collection={collection}"
    httpx.delete(url, trust_env=False).raise_for_status()
    page.reload()
    files = page.get_by_role("list", name="Files", exact=True)
    expect(files).to_contain_text(re.compile(r"file of \d+\sB · its text was deleted or moved"))
    row = listed_imports(page).first
    expect(row).to_have_attribute("data-status", "ready")
    expect(row).to_contain_text("1 of 1 item became searchable")


def test_on_a_phone_the_progress_is_in_view_below_the_open_help(
    open_page: Open, collection: str, tmp_path: Path
) -> None:
    page = open_page(path=PATH, size=PHONE)
    page.get_by_text("What happens to my files").click()
    expect(page.locator("#choose-files")).to_be_in_viewport()
    (tmp_path / "open.md").write_text(f"Ink of {collection}")
    choose(page, tmp_path / "open.md")
    expect(page.locator("#stage-ready")).to_be_in_viewport(ratio=1)
    expect_ready(page, "open.md")
    expect(page.locator("#stage-ready")).to_be_in_viewport(ratio=1)


def test_imports_are_listed_after_a_reload(page: Page, tmp_path: Path) -> None:
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, {"content": "two"}, []))
    expect(page.locator("#import-state")).to_contain_text("Imported leaves.jsonl", timeout=60_000)
    page.reload()
    row = listed_imports(page).first
    expect(row).to_contain_text("1 rejected · See why2 of 3 items became searchable")
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
    row = listed_imports(page).first
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
