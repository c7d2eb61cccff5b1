"""Documents are selected, and deleted or tried again together."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.confirming import CONFIRM_DELAY_MS, delete_at_last
from tests.browser.conftest import DESK, PHONE, PageErrors
from tests.browser.document_list import rows, select, selected, stored
from tests.browser.stack import Stack
from tests.support import model_faults as faults


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name=re.compile(r"Delete .*\?")).click(delay=CONFIRM_DELAY_MS)


def test_a_range_a_page_and_several_pages_can_be_selected(page: Page) -> None:
    page.get_by_label("Select 29").click()
    page.get_by_label("Select 26").click(modifiers=["Shift"])
    assert selected(page) == ["29", "28", "27", "26"]
    page.get_by_label("Select 27").click()
    expect(page.locator("#selection-count")).to_have_text("3 selected")
    expect(page.locator("#select-page:indeterminate")).to_be_visible()
    page.get_by_label("Select all on this page").check()
    expect(page.locator("#selection-count")).to_have_text("25 selected")
    page.get_by_role("button", name="Next").click()
    expect(rows(page)).to_have_count(5)
    select(page, "00")
    expect(page.locator("#selection-count")).to_have_text("26 selected")
    page.get_by_role("button", name="Previous").click()
    expect(rows(page)).to_have_count(25)
    assert len(selected(page)) == 25
    page.locator("#statuses label").filter(has_text="Ready").click()
    expect(page.locator("#selection-bar")).to_be_hidden()


def test_documents_are_selected_and_deleted_by_keyboard(
    page: Page, stack: Stack, collection: str
) -> None:
    page.get_by_label("Select 29").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    assert selected(page) == ["29", "28", "27"]
    page.keyboard.press("Escape")
    assert selected(page) == []
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Export as .jsonl", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Deleted 27.")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#list-message")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Select all on this page")).to_be_focused()
    assert "27" not in stored(stack, collection)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_row_moves_when_something_is_said(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    select(page, "29", "28", "27")
    bar = page.locator("#selection").bounding_box()
    assert bar
    assert bar["height"] < 60
    before = rows(page).first.bounding_box()
    with page.expect_download():
        page.get_by_role("button", name="Export").click()
    expect(page.locator("#list-message")).to_have_text("Exported 3 documents.")
    assert rows(page).first.bounding_box() == before
    message = page.locator(".list-message").bounding_box()
    assert message
    assert size == DESK or message["y"] + message["height"] <= bar["y"]
    page.get_by_role("button", name="Dismiss this message").click()
    expect(page.locator("#list-message")).to_be_hidden()
    expect(page.locator("#documents-list")).to_be_focused()


def test_a_double_click_or_a_held_key_does_not_confirm_a_deletion(page: Page) -> None:
    select(page, "29")
    delete = page.get_by_role("button", name="Delete", exact=True)
    deleted = delete_at_last(page, delete, "Delete 29?")
    expect(page.get_by_text("Deleted 29.")).to_be_visible()
    assert len(deleted) == 1


def test_many_are_deleted_and_what_fails_stays_selected(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    page.get_by_label("Select all on this page").check()
    page.route(
        "**/v1/documents/10?**",
        lambda route: route.fulfill(status=503, json={"detail": "Not now."}),
    )
    confirm(page)
    expect(page.locator("#list-message")).to_have_text("Deleted 24 documents. Not 1: Not now.")
    expect(rows(page)).to_have_count(6)
    assert selected(page) == ["10"]
    assert len(stored(stack, collection)) == 6


def test_only_the_failed_of_the_selected_are_retried(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    stack.write(
        *({"id": f"bad-{n}", "content": f"unreadable {collection} {n}"} for n in range(2)),
        collection=collection,
    )
    expect(page.get_by_text("embed this text: no known tokens.")).to_have_count(2)
    select(page, "29", "bad-0", "bad-1")
    stack.proxy.heal()
    page.get_by_role("button", name="Retry 2 failed").click()
    expect(page.get_by_text("Retrying 2 documents.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry 2 failed")).to_be_hidden()
    expect(page.locator(".document[data-status=ready]")).to_have_count(25)


def test_a_selection_never_reaches_another_collection(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    other = f"{collection}-other"
    stack.write({"id": "29", "content": "theirs"}, collection=other)
    picker = page.get_by_label("Collection", exact=True)
    expect(picker.locator("option").filter(has_text=other)).to_have_count(1)
    select(page, "29")
    page.route(
        f"**/v1/documents?collection={other}&*",
        lambda route: route.fulfill(status=503, json={"detail": "Not now."}),
    )
    picker.select_option(other)
    expect(page.locator("#list-state")).to_have_text("Not now.")
    expect(rows(page)).to_have_count(0)
    expect(page.locator("#selection-bar")).to_be_hidden()
    page.unroute_all()
    stack.write({"id": "28", "content": "theirs, too"}, collection=other)
    expect(rows(page)).to_have_count(2)
    assert selected(page) == []
