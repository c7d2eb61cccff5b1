"""The collection of the list is chosen, or begun."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.document_list import PATH, rows
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS


def test_the_picker_reads_the_counts_again_when_it_is_opened(
    page: Page, stack: Stack, collection: str
) -> None:
    other = f"{collection}-other"
    picker = page.get_by_label("Collection", exact=True)
    stack.write({"content": "one"}, collection=other)
    expect(picker.locator("option").filter(has_text=other)).to_have_count(1)
    page.clock.fast_forward(3000)
    stack.write({"content": "two"}, collection=other)
    picker.focus()
    expect(picker.locator("option").filter(has_text=f"{other} · 2")).to_have_count(1)
    picker.select_option(other)
    expect(rows(page)).to_have_count(2)


def test_a_new_collection_is_confirmed_by_a_tap(open_page: Open) -> None:
    page = open_page(size=PHONE, path=PATH)
    picker = page.get_by_label("Collection", exact=True)
    picker.select_option("")
    page.get_by_label("Name of a new or existing collection").fill("fresh")
    button = page.get_by_role("button", name="Select", exact=True)
    assert page.evaluate(SMALL_TARGETS) == []
    button.click()
    expect(picker).to_have_value("fresh")
    expect(picker).to_be_focused()
    expect(button).to_be_hidden()


def test_without_a_collection_in_the_url_the_largest_one_is_selected(
    open_page: Open, stack: Stack
) -> None:
    stack.clear()
    stack.write({"content": "elsewhere"}, collection="a-smaller-one")
    stack.write({"content": "ink"}, {"content": "paper"}, collection="archive")
    page = open_page(path=PATH)
    page.goto(f"{stack.url}{PATH}")
    expect(page.get_by_label("Collection", exact=True)).to_have_value("archive")
    expect(rows(page)).to_have_count(2)
    picker = page.get_by_label("Collection", exact=True)
    picker.select_option("New or other collection…")
    page.get_by_label("Name of a new or existing collection").fill("fresh")
    page.keyboard.press("Enter")
    expect(picker).to_be_focused()
    expect(page.locator("#collection-note")).to_contain_text("fresh is new.")
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()
    assert httpx.URL(page.url).params["collection"] == "fresh"
    picker.select_option("archive")
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#collection-note")).to_be_empty()


def test_an_empty_collection_leads_to_the_first_document(page: Page, collection: str) -> None:
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()
    new = httpx.URL(page.locator("#empty .new-document").get_attribute("href") or "")
    assert (new.path, new.params["collection"], "new" in new.params) == (
        "/console/document",
        collection,
        True,
    )
    imports = page.locator("#empty").get_by_role("link", name="Import files")
    expect(imports).to_have_attribute(
        "href", re.compile(rf"/console/imports\?collection={collection}$")
    )
