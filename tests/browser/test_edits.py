"""Tests that edits, retries and deletions change nothing else: other fields, messages, focus."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageErrors
from tests.browser.stack import Stack
from tests.support import model_faults as faults

CONFIRM_DELAY_MS = 500
"""A press after this delay confirms; an earlier one may be part of a double click."""
QUESTION_MS = 4000
"""After this time without an answer, the button no longer asks."""

ODD: dict[str, Any] = {
    "id": "odd",
    "title": " Two\nlines ",
    "content": "First.\r\nSecond.\r\n",
    "metadata": {"large": 12345678901234567890, "exact": 1.50, "none": None},
}


def stored(stack: Stack, id_: str, collection: str) -> dict[str, Any]:
    query = {"collection": collection}
    answer = httpx.get(f"{stack.url}/v1/documents/{id_}", params=query, trust_env=False)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def save(page: Page, version: int) -> None:
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".document")).to_contain_text(f"version {version}")


@pytest.fixture
def edited(page: Page, stack: Stack, collection: str) -> Page:
    stack.write(ODD, collection=collection)
    stack.wait_until_embedded()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("heading", name="Edit", exact=True)).to_be_visible()
    return page


def test_an_edit_of_metadata_keeps_the_text_and_the_title(
    edited: Page, stack: Stack, collection: str
) -> None:
    before = stored(stack, "odd", collection)
    box = edited.get_by_label("Metadata")
    box.fill(box.input_value().replace("}", ', "more": 98765432109876543210}'))
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert after["metadata"] == {**ODD["metadata"], "more": 98765432109876543210}
    same = ("title", "content", "content_hash", "status")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}


def test_an_edit_of_the_text_keeps_the_metadata_and_the_line_ends(
    edited: Page, stack: Stack, collection: str
) -> None:
    edited.get_by_label("Text").fill("First!\nSecond.\n")
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert {name: after[name] for name in ODD} == {**ODD, "content": "First!\r\nSecond.\r\n"}


def test_a_title_can_be_as_long_as_the_api_allows(
    edited: Page, stack: Stack, collection: str
) -> None:
    edited.get_by_label("Title").fill("T" * 2000)
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert {name: after[name] for name in ODD} == {**ODD, "title": "T" * 2000}


def test_a_double_click_or_a_held_key_does_not_confirm_a_deletion(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write({"id": "dear", "content": "Not to be lost."}, collection=collection)
    deleted: list[str] = []
    page.on(
        "request",
        lambda request: deleted.append(request.url) if request.method == "DELETE" else None,
    )
    delete = page.get_by_role("button", name="Delete dear")
    really = page.get_by_role("button", name="Really delete?")
    delete.dblclick()
    expect(really).to_be_visible()
    page.clock.fast_forward(QUESTION_MS)
    expect(delete).to_be_visible()
    delete.focus()
    page.keyboard.down("Enter")
    expect(really).to_be_visible()
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.keyboard.down("Enter")  # the key is held, so this is a repetition
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.keyboard.up("Enter")
    assert deleted == []
    page.keyboard.press("Enter")
    expect(page.get_by_text("Deleted dear.")).to_be_visible()
    assert len(deleted) == 1


def test_focus_moves_to_the_row_that_replaces_a_deleted_one(
    page: Page, stack: Stack, collection: str
) -> None:
    for id_ in "abcd":
        stack.write({"id": id_, "content": f"leaf {id_}"}, collection=collection)
    expect(page.locator(".document")).to_have_count(4)
    rows = [("b", "Edit a"), ("a", "Edit c"), ("c", "Edit d")]
    for id_, next_ in rows:
        page.get_by_role("button", name=f"Delete {id_}", exact=True).press("Enter")
        page.clock.fast_forward(CONFIRM_DELAY_MS)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Deleted {id_}.")).to_be_visible()
        expect(page.get_by_role("button", name=next_, exact=True)).to_be_focused()
    stack.write({"id": "e", "content": "leaf e"}, collection=collection)
    expect(page.locator(".document")).to_have_count(2)
    page.get_by_role("button", name="Edit d", exact=True).focus()
    query = {"collection": collection}
    httpx.delete(f"{stack.url}/v1/documents/e", params=query, trust_env=False)
    expect(page.locator(".document")).to_have_count(1)
    expect(page.get_by_role("button", name="Edit d", exact=True)).to_be_focused()
    httpx.delete(f"{stack.url}/v1/documents/d", params=query, trust_env=False)
    expect(page.locator(".document")).to_have_count(0)
    expect(page.get_by_label("All", exact=True)).to_be_focused()


def test_the_error_of_a_retry_stays_visible(
    page: Page, stack: Stack, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    page.get_by_label("Title").fill("Ill luck")
    page.get_by_label("Text").fill("illegible")
    page.get_by_role("button", name="Write", exact=True).click()
    write_status = page.get_by_label("Recent writes").get_by_role("listitem").first
    retry = write_status.get_by_role("button", name="Retry")
    in_list = page.get_by_role("button", name="Retry Ill luck")
    page.route(
        re.compile(r"/retry\?"),
        lambda route: route.fulfill(status=503, json={"detail": "Busy now."}),
    )
    for button, message in ((in_list, page.locator("#list-message")), (retry, write_status)):
        button.click()
        expect(message).to_contain_text("Busy now.")
        page.wait_for_timeout(1500)  # the list has been refreshed
        expect(message).to_contain_text("Busy now.")
    page.unroute_all()
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    retry.press("Enter")
    expect(write_status).to_be_focused()
    expect(write_status).not_to_contain_text("Busy now.")
    stack.proxy.heal()
    expect(write_status).to_contain_text("Ready")


def test_retry_all_retries_the_selected_collection_only(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    elsewhere = f"{collection}-elsewhere"
    stack.write(*({"content": f"illegible {n}"} for n in range(2)), collection=elsewhere)
    retry = page.get_by_role("button", name="Retry all failed")
    statistic = page.locator(".statistic", has=page.get_by_text("Failed", exact=True))
    expect(statistic).to_contain_text("see reasons below")
    page.wait_for_timeout(1500)
    expect(retry).to_be_hidden()
    page.get_by_label("Collection", exact=True).select_option(elsewhere)
    expect(page.get_by_text("rejected_by_model, 2 attempts")).to_have_count(2)
    stack.proxy.heal()
    expect(retry).to_be_visible()
    retry.press("Enter")
    expect(page.locator(".document[data-status=ready]")).to_have_count(2)
    expect(page.get_by_text("Retrying 2 documents of this collection.")).to_be_visible()
    expect(retry).to_be_hidden()
    expect(page.get_by_label("All", exact=True)).to_be_focused()
