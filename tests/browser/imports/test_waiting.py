"""Batches and files are sent again until the server has them."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.imports.importing import (
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
from tests.support.processes import answers, eventually

RETRY_MS = 2000
"""The page sends a batch again after this time."""
WITHOUT_TLS = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"
BROKEN = {"content_type": "application/json", "body": '{"accepted": 2, '}


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (None, "The API cannot be reached"),
        (
            {"status": 502, "content_type": "text/html", "body": "<h1>Bad"},
            "The API answered with status 502",
        ),
        (
            {"status": 504, "content_type": "text/html", "body": "<h1>Late"},
            "The API answered with status 504",
        ),
        ({"status": 200, **BROKEN}, "The API.s response was interrupted"),
    ],
)
def test_a_batch_that_is_sent_again_is_stored_once(
    open_page: Open,
    stack: Stack,
    collection: str,
    tmp_path: Path,
    page_errors: PageErrors,
    response: dict[str, Any] | None,
    reason: str,
) -> None:
    page_errors.ignored = "Failed to load resource"
    page = open_page(path=PATH)
    page.evaluate(WITHOUT_TLS)
    routes: list[Route] = []

    def lose_first_response(route: Route) -> None:
        routes.append(route)
        if len(routes) > 1:
            route.continue_()
            return
        route.fetch()
        if response is None:
            route.abort()
        else:
            route.fulfill(**response)

    page.route("**/v1/documents/bulk?*", lose_first_response)
    choose(
        page, lines(tmp_path / "twice.jsonl", {"content": "one"}, {"id": None, "content": "two"})
    )
    expect(page.locator("#import-state")).to_contain_text(re.compile(f"Waiting: {reason}"))
    page.clock.fast_forward(RETRY_MS)
    expect_counts(page, "2 of 2 documents are unchanged.")
    assert len(routes) == 2
    assert len(stored(stack, collection)) == 2


def test_batches_are_limited_in_bytes(page: Page, tmp_path: Path) -> None:
    sizes: list[int] = []
    page.on(
        "request",
        lambda request: (
            sizes.append(len(request.post_data_buffer or b"")) if "/bulk?" in request.url else None
        ),
    )
    path = tmp_path / "wide.jsonl"
    path.write_text("".join(f'{{"content": "{"搜" * 800_000}"}}\n' for _ in range(3)))
    choose(page, path)
    # Each is over the API's limit; this test is about the requests.
    expect_counts(page, "0 of 3 documents are searchable. 3 rejected.")
    assert len(sizes) == 3


def test_an_import_waits_for_the_api_and_can_be_cancelled_by_keyboard(
    page: Page, stack: Stack, collection: str, tmp_path: Path, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    path = lines(tmp_path / "patient.jsonl", {"id": "a", "content": "It waits."})
    state = page.locator("#import-state")
    stack.api.kill()
    choose(page, path)
    expect(state).to_contain_text(re.compile("Waiting: The API cannot be reached"))
    page.clock.run_for(1500)  # looking how far it is does not hide why it waits
    expect(state).to_contain_text("Waiting")
    choose(page, path)
    expect(state).to_contain_text("Another import is running")
    page.get_by_role("button", name="Cancel", exact=True).focus()
    page.keyboard.press("Enter")
    expect(state).to_contain_text("Cancelled. What was accepted is kept")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    choose(page, path)
    expect(state).to_contain_text("Waiting")
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API answers again", log=stack.api.log)
    expect_ready(page, "patient.jsonl")
    assert set(stored(stack, collection)) == {"a"}


def test_files_wait_for_a_busy_server_and_a_file_that_is_gone_is_named(
    page: Page, stack: Stack, collection: str, tmp_path: Path, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    path = tmp_path / "many"
    path.mkdir()
    for number in range(8):
        (path / f"{number}.md").write_text(f"Leaf {number}")
    busy = {"status": 503, "headers": {"retry-after": "1"}, "json": {"detail": "It is too busy."}}
    refused: list[Route] = []

    def refuse_the_first(route: Route) -> None:
        if len(refused) < 3:
            refused.append(route)
            route.fulfill(**busy)  # type: ignore[arg-type]
        else:
            route.continue_()

    page.route("**/v1/files?*", refuse_the_first)
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("Waiting: It is too busy.")
    (path / "7.md").unlink()
    expect_counts(page, "7 of 8 files are searchable. 1 rejected.")
    expect(not_imported(page)).to_contain_text("rejected 7.md: cannot be read")
    eventually(lambda: len(stored(stack, collection)) == 7, "the server has read the others")
