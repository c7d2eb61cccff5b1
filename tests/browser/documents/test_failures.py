"""What failed is shown with its reason, and tried again."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.document_list import PATH, row, rows, show_only
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.pdf_files import locked_pdf, pdf


def test_a_failed_document_shows_its_error_and_can_be_retried(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    bad = {"title": "Bad luck", "content": f"unreadable {collection}"}
    stack.write(bad, {"title": "Good luck", "content": "readable"}, collection=collection)
    expect(row(page, "Bad luck")).to_contain_text(
        "can't embed this text: no known tokens. (2 attempts)"
    )
    show_only(page, "Failed documents")
    expect(rows(page)).to_have_count(1)
    stack.proxy.heal()
    page.get_by_role("button", name="Retry Bad luck").click()
    expect(page.get_by_text("Retrying Bad luck.")).to_be_visible()
    expect(page.get_by_text("No failed documents in this collection.")).to_be_visible()
    show_only(page, "Ready")
    expect(row(page, "Bad luck")).to_be_visible()


def test_the_error_of_a_retry_stays_visible(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    stack.write({"title": "Ill luck", "content": f"illegible {collection}"}, collection=collection)
    page.route(
        re.compile(r"/retry\?"),
        lambda route: route.fulfill(status=503, json={"detail": "Busy now."}),
    )
    page.get_by_role("button", name="Retry Ill luck").click()
    expect(page.locator("#list-message")).to_have_text("Busy now.")
    with page.expect_response(lambda answer: "/v1/documents?" in answer.url):
        stack.write({"content": "The list is read again."}, collection=collection)
    expect(page.locator("#list-message")).to_have_text("Busy now.")


def test_retry_all_retries_the_selected_collection_only(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    elsewhere = f"{collection}-elsewhere"
    stack.write(
        *({"content": f"illegible {elsewhere} {n}"} for n in range(2)), collection=elsewhere
    )
    stack.wait_until_embedded()  # what failed is not pending any more
    retry = page.get_by_role("button", name="Retry all failed")
    expect(retry).to_be_hidden()
    page.get_by_label("Collection", exact=True).select_option(elsewhere)
    expect(page.get_by_text("can't embed this text: no known tokens. (2 attempts)")).to_have_count(
        2
    )
    expect(page.get_by_text("2 failed documents: they could not be embedded.")).to_be_visible()
    stack.proxy.heal()
    retry.press("Enter")
    expect(page.locator(".document[data-status=ready]")).to_have_count(2)
    expect(page.get_by_text("Retrying 2 documents of this collection.")).to_be_visible()
    expect(retry).to_be_hidden()
    expect(page.get_by_role("radio", name="All", exact=True)).to_be_focused()


def test_files_that_could_not_be_read_are_found_from_the_list(
    open_page: Open, stack: Stack, collection: str
) -> None:
    params: dict[str, str | int] = {"collection": collection, "wait": 30}
    for files in (
        [("file", ("1.pdf", pdf(["Readable before."])))],
        [("file", (f"{n}.pdf", locked_pdf("Ink"))) for n in (1, 2)],
    ):
        answer = httpx.post(
            f"{stack.url}/v1/files", params=params, files=files, timeout=60, trust_env=False
        )
        answer.raise_for_status()
    stack.write({"content": "Ink dries."}, collection=collection)
    page = open_page(path=PATH, size=PHONE)
    note = page.locator("#failed-files")
    expect(note).to_contain_text(
        "2 failed files: they could not be read, so they have no documents."
    )
    link = note.get_by_role("link", name="Show the files")
    denied = "document.documentElement.dataset.denied"
    page.evaluate(f"{denied} = 'documents.write'")
    expect(link).to_be_hidden()
    page.evaluate(f"delete {denied}")
    link.click()
    expect(page.get_by_role("radio", name="Failed")).to_be_checked()
    listed = page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")
    expect(listed).to_have_count(2)
    expect(listed.last).to_be_in_viewport()
    page.locator("#file-statuses label").first.click()
    expect(page).to_have_url(re.compile(rf"\?collection={collection}$"))


def test_a_list_that_cannot_be_read_says_why_and_recovers(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.write({"id": "a", "content": "leaf"}, collection=collection)
    expect(rows(page)).to_have_count(1)
    page.route(
        "**/v1/documents?**", lambda route: route.fulfill(status=503, json={"detail": "Not now."})
    )
    page.get_by_role("button", name="Size", exact=True).click()
    expect(page.locator("#list-state")).to_have_text("Not now.")
    page.unroute_all()
    stack.write({"id": "b", "content": "leaf"}, collection=collection)
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#list-state")).to_be_empty()
