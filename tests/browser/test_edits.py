"""What an edit leaves as it was."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack

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
    stack.settled()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("heading", name="Edit", exact=True)).to_be_visible()
    return page


def test_an_edit_of_metadata_leaves_the_text_and_the_title(
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


def test_an_edit_of_the_text_leaves_the_metadata_and_the_line_ends(
    edited: Page, stack: Stack, collection: str
) -> None:
    edited.get_by_label("Text").fill("First!\nSecond.\n")
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert {name: after[name] for name in ODD} == {**ODD, "content": "First!\r\nSecond.\r\n"}


def test_a_title_is_edited_at_the_length_that_the_api_takes(
    edited: Page, stack: Stack, collection: str
) -> None:
    edited.get_by_label("Title").fill("T" * 2000)
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert {name: after[name] for name in ODD} == {**ODD, "title": "T" * 2000}
