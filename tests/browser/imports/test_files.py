"""The list of files: what failed is tried again or deleted."""

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageErrors
from tests.browser.imports.importing import (
    choose,
    expect_counts,
    expect_ready,
    not_imported,
    send,
    stored,
)
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.pdf_files import locked_pdf

POLL_MS = 2000


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
    page.get_by_role("radio", name="Failed").check()
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
    expect(page.get_by_role("radio", name="Failed")).to_be_focused()
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
    stack.write(
        *({"id": n, "content": f"unreadable {collection} {n}"} for n in "ab"), collection=collection
    )
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


def as_if_read_again(route: Route) -> None:
    """Answer as the server does while a worker reads a file that failed."""
    answer = route.fetch(url=route.request.url.replace("/retry", ""), method="GET").json()
    if "items" in answer:
        items = [each for each in answer["items"] if each["status"] != "failed"]
        return route.fulfill(json=answer | {"items": items})
    return route.fulfill(json=answer | {"status": "extracting", "error": None})


@pytest.mark.parametrize("choice", ["", "failed"])
def test_a_file_that_is_tried_again_stays_in_the_list(
    page: Page, stack: Stack, collection: str, choice: str
) -> None:
    send(stack, collection, locked_pdf=locked_pdf("Ink"))
    page.reload()
    page.locator(f"#file-statuses [value='{choice}']").check()
    listed = page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")
    retry = listed.get_by_role("button", name="Retry locked.pdf")
    expect(retry).to_be_visible()
    page.route("**/v1/files**", as_if_read_again)
    retry.press("Enter")
    state = listed.locator(".status")
    expect(state).to_have_text("being read")
    for _ in range(2):
        with page.expect_response(re.compile(r"/v1/files/locked.pdf\?")):
            page.clock.fast_forward(POLL_MS)
    expect(state).to_have_text("being read")
    expect(listed.locator(".name a")).to_be_focused()
    page.unroute_all()
    page.clock.fast_forward(POLL_MS)
    expect(state).to_have_text("failed")
    expect(listed).to_have_count(1)


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
    page.get_by_role("radio", name="Failed").check()
    expect(listed).to_have_count(0)
    page.unroute_all()
    page.get_by_role("radio", name="All", exact=True).check()
    expect(listed).to_have_count(1)
