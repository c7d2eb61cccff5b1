"""Selected documents, or all that match the filter, are exported."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import PageErrors
from tests.browser.document_list import open_collection_menu, rows, select
from tests.browser.stack import Stack


def lines_of(download: Download) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(download.path()).read_text().splitlines()]


def test_selected_documents_are_exported_as_an_import_takes_them(
    page: Page, stack: Stack, collection: str
) -> None:
    select(page, "29", "27")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export as .jsonl", exact=True).click()
    download = downloading.value
    assert download.suggested_filename == f"{collection}-2.jsonl"
    lines = lines_of(download)
    assert [line["id"] for line in lines] == ["29", "27"]
    assert lines[0]["metadata"]["large"] == 2**60 + 29
    expect(page.get_by_text("Exported 2 documents.")).to_be_visible()
    stack.write(*lines, collection=f"{collection}-copy")


def test_the_collection_is_exported_as_it_is_filtered(page: Page, collection: str) -> None:
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Metadata field").fill("even")
    page.get_by_label("Value", exact=True).fill("true")
    expect(rows(page)).to_have_count(15)
    open_collection_menu(page)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export as .jsonl", exact=True).click()
    assert downloading.value.suggested_filename == f"{collection}.jsonl"
    assert [line["id"] for line in lines_of(downloading.value)] == [
        f"{n:02}" for n in range(0, 30, 2)
    ]


def test_an_export_that_breaks_off_saves_nothing(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "Failed to load resource"
    page.route("**/export", lambda route: route.abort())
    open_collection_menu(page)
    page.get_by_role("button", name="Export as .jsonl", exact=True).click()
    expect(page.get_by_text("The export broke off. Nothing is saved.")).to_be_visible()
