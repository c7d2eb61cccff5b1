"""Tests of writing and changing a document: nothing else changes, and nothing typed is lost."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser.confirming import CONFIRM_DELAY_MS
from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.reading import PATH, delete, query_of, stored
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS
from tests.support import model_faults as faults

ODD: dict[str, Any] = {
    "id": "odd",
    "title": " Two\nlines ",
    "content": "First.\r\nSecond.\r\n",
    "metadata": {"large": 12345678901234567890, "exact": 1.50, "none": None},
}


@pytest.fixture
def new(open_page: Open) -> Page:
    """The form for a new document."""
    return open_page(path=PATH, query="&new")


@pytest.fixture
def edited(open_page: Open, stack: Stack, collection: str) -> Page:
    """The form with a document."""
    stack.write(ODD, collection=collection)
    stack.wait_until_embedded()
    page = open_page(path=PATH, query=query_of("odd"))
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Text")).to_be_focused()
    return page


def save(page: Page, version: int) -> None:
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_label("About this document")).to_contain_text(f"Version{version}")


def test_the_status_of_a_write_goes_from_pending_to_ready(new: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    new.get_by_label("Title").fill("On ink")
    new.get_by_label("Text").fill("Ink dries while you read this.")
    new.get_by_label("Text").press("Control+Enter")
    expect(new.get_by_role("heading", level=1)).to_have_text("On ink")
    panel = new.get_by_label("About this document")
    expect(panel).to_contain_text(re.compile(r"Stored in [\d.]+\sm?s, searchable by words"))
    # The page also reads the document while it is pending, and must not take that for a change.
    pending = re.compile(r"Pending: waiting for the embedding, (?!0\.|1\.)\d")
    expect(panel).to_contain_text(pending)
    stack.proxy.heal()
    expect(panel).to_contain_text(re.compile(r"Ready [\d.]+\sm?s after it was written"))
    expect(new.locator("#document-text")).to_have_text("Ink dries while you read this.")


def test_a_document_is_written_with_id_and_metadata(
    new: Page, stack: Stack, collection: str
) -> None:
    new.get_by_label("Text").fill("Some text.")
    new.get_by_label("Id", exact=False).first.fill("a/b")
    new.locator("#metadata").fill('{"large": 12345678901234567890}')
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new).to_have_url(re.compile(r"id=a%2Fb$"))
    new.reload()
    expect(new.get_by_role("heading", level=1)).to_have_text("a/b")
    assert stored(stack, "a%2Fb", collection)["metadata"] == {"large": 12345678901234567890}


def test_an_edit_of_metadata_keeps_the_text_and_the_title(
    edited: Page, stack: Stack, collection: str
) -> None:
    before = stored(stack, "odd", collection)
    box = edited.locator("#metadata")
    box.fill(f"{box.input_value()}\nmore: 98765432109876543210")
    save(edited, 2)
    after = stored(stack, "odd", collection)
    assert after["metadata"] == {**ODD["metadata"], "more": 98765432109876543210}
    same = ("title", "content", "content_hash", "status")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    edited.get_by_role("button", name="Edit").click()
    expect(box).to_have_value(re.compile("12345678901234567890"))


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


def test_an_invalid_field_gets_the_focus_and_an_error(new: Page) -> None:
    text, metadata = new.get_by_label("Text"), new.locator("#metadata")
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new.get_by_role("alert").filter(has_text="Enter a text.")).to_be_visible()
    expect(text).to_be_focused()
    text.fill("Some text.")
    metadata.fill("{not json")
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new.get_by_role("alert").filter(has_text="not valid JSON")).to_be_visible()
    expect(metadata).to_be_focused()
    expect(metadata).to_have_attribute("aria-invalid", "true")
    metadata.fill("{“lang”: “en”}")
    expect(new.get_by_role("alert").filter(has_text="not valid JSON")).to_be_hidden()


@pytest.mark.parametrize(
    ("typed", "stored_metadata"),
    [
        ("{“lang”: „en“}", {"lang": "en"}),
        ('{"said": "“yes”"}', {"said": "“yes”"}),
        (
            'lang: en\n\nurl : http://x/y\nyear: 2024\nbig: 12345678901234567890\ntags: ["a", "b"]',
            {
                "lang": "en",
                "url": "http://x/y",
                "year": 2024,
                "big": 12345678901234567890,
                "tags": ["a", "b"],
            },
        ),
        (
            'tags: [plants, “cold winters”, "a, b", 3]\nroom: [see] below\nnone: []',
            {
                "tags": ["plants", "cold winters", "a, b", 3],
                "room": "[see] below",
                "none": [],
            },
        ),
    ],
    ids=["curly quotes", "curly quotes in JSON", "lines", "lists"],
)
def test_metadata_is_taken_as_people_type_it(
    new: Page, stack: Stack, collection: str, typed: str, stored_metadata: dict[str, Any]
) -> None:
    new.get_by_label("Text").fill("Some text.")
    new.get_by_label("Id", exact=False).first.fill("typed")
    new.locator("#metadata").fill(typed)
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new).to_have_url(re.compile("id=typed$"))
    assert stored(stack, "typed", collection)["metadata"] == stored_metadata


METADATA: dict[str, tuple[dict[str, Any], str]] = {
    "plain": (
        {"tags": ["plants", "cold, wet", "3"], "topic": "heating", "year": 2024},
        'tags: [plants, "cold, wet", "3"]\nyear: 2024\ntopic: heating',
    ),
    "texts that look like values": (
        {"a": "1", "b": "[x]", "c": "", "d": "“q”", "e": {"f": None}},
        'a: "1"\nb: "[x]"\nc: ""\nd: "“q”"\ne: {"f":null}',
    ),
    "names that lines cannot have": ({"a:b": 1}, '{\n  "a:b": 1\n}'),
    "none": ({}, ""),
}


@pytest.mark.parametrize(("metadata", "text"), METADATA.values(), ids=METADATA)
def test_metadata_comes_back_as_it_is_typed(
    open_page: Open, stack: Stack, collection: str, metadata: dict[str, Any], text: str
) -> None:
    document = {"id": "back", "content": f"Metadata in {collection}", "metadata": metadata}
    stack.write(document, collection=collection)
    page = open_page(path=PATH, query=f"{query_of('back')}&edit=1")
    box = page.locator("#metadata")
    expect(box).to_have_value(text)
    box.fill(f"{text} ")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Edit")).to_be_visible()
    assert stored(stack, "back", collection)["metadata"] == metadata


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ('{"a": 1,\n"b" 2}', "line 2 is wrong at “2}”"),
        ('{"a": ', "its end is missing"),
        ("lang: en\nyear", "Line 2 has no name and colon."),
        ('"lang": "en"', "Put { and } around all"),
        ("lang: en\nlang: de", "Line 2 has the name lang again."),
        ("[1]", "Metadata is a JSON object"),
        ('tags: ["a, b]', "Line 1 has a list with a quote or bracket too many."),
        ('{"a": 1,\n"b": 2\nOrder spare filters', "line 3 is wrong at “Order spare filters”."),
    ],
    ids=[
        "a colon missing",
        "cut off",
        "no colon",
        "no braces",
        "a name twice",
        "a list",
        "a quote missing",
        "prose",
    ],
)
def test_wrong_metadata_is_explained(new: Page, typed: str, words: str) -> None:
    new.get_by_label("Text").fill("Some text.")
    new.locator("#metadata").fill(typed)
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new.locator("#metadata-error")).to_contain_text(words)


def test_the_picker_leaves_the_focus_where_a_tap_puts_it(new: Page, stack: Stack) -> None:
    expect(new.get_by_label("Title")).to_be_focused()
    picker = new.get_by_label("Collection", exact=True)
    picker.select_option("New or other collection…")
    new.get_by_label("Name of a new or existing collection").press_sequentially("brand-new")
    new.get_by_label("Title").click()
    new.keyboard.type("On ink")
    expect(new.get_by_label("Title")).to_have_value("On ink")
    expect(picker).to_have_value("brand-new")
    expect(new.locator("#collection-note")).to_contain_text("brand-new is new.")
    expect(new.locator("#save-target")).to_have_text("In the collection brand-new.")
    new.get_by_label("Text").fill("Dry.")
    new.get_by_label("Id", exact=False).first.fill("a")
    new.get_by_role("button", name="Save", exact=True).click()
    expect(new).to_have_url(re.compile("id=a$"))
    assert stored(stack, "a", "brand-new")["title"] == "On ink"


def test_a_draft_is_told_of_wherever_its_document_is(edited: Page) -> None:
    edited.on("dialog", lambda dialog: dialog.accept())
    edited.get_by_label("Text").fill("Not saved.")
    edited.get_by_label("Pages").get_by_role("link", name="Documents", exact=True).click()
    expect(edited.locator(".document")).to_contain_text("Unsaved changes")
    edited.get_by_role("link", name="Two lines").click()
    expect(edited.locator("#draft-kept")).to_contain_text("You have unsaved changes")
    edited.get_by_role("link", name="Continue editing").click()
    expect(edited.get_by_label("Text")).to_have_value("Not saved.")
    expect(edited.locator("#draft-kept")).to_be_hidden()
    save(edited, 2)
    expect(edited.locator("#draft-kept")).to_be_hidden()
    edited.get_by_label("Pages").get_by_role("link", name="Documents", exact=True).click()
    expect(edited.locator(".document")).to_contain_text("Not saved.")
    expect(edited.get_by_text("Unsaved changes")).to_be_hidden()


def test_a_new_document_that_is_not_saved_is_told_of_in_the_list(
    new: Page, stack: Stack, collection: str
) -> None:
    stack.write({"id": "a", "content": f"Other in {collection}"}, collection=collection)
    new.on("dialog", lambda dialog: dialog.accept())
    new.get_by_label("Text").fill("Not saved.")
    new.get_by_label("Pages").get_by_role("link", name="Documents", exact=True).click()
    expect(new.locator("#new-draft")).to_contain_text("is not saved")
    new.get_by_role("link", name="Continue writing").click()
    expect(new.get_by_label("Text")).to_have_value("Not saved.")


def test_an_id_that_is_in_use_is_told_beside_it(
    new: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "409"
    stack.write({"id": "taken", "content": "Theirs."}, collection=collection)
    new.get_by_label("Text").fill("Mine.")
    new.get_by_label("Id", exact=False).first.fill("taken")
    new.get_by_label("Text").press("Control+Enter")
    expect(new.locator("#document-id-error")).to_contain_text("already in use")
    expect(new.get_by_label("Text")).to_have_value("Mine.")


def test_a_conflict_keeps_both_texts(edited: Page, stack: Stack, collection: str) -> None:
    edited.get_by_label("Text").fill("Mine.")
    edited.get_by_label("Text").evaluate("(field) => field.setSelectionRange(2, 3)")
    theirs = {**ODD, "title": "Theirs", "content": "Their text."}
    stack.write(theirs, collection=collection)
    other = edited.locator("#other-version")
    expect(other).to_contain_text("version 2 was written meanwhile")
    expect(edited.get_by_label("Text")).to_have_value("Mine.")
    expect(edited.get_by_label("Title")).to_have_value("Theirs")
    caret = edited.get_by_label("Text").evaluate("(field) => field.selectionStart")
    assert caret == 2
    other.get_by_role("button", name="Show it").click()
    expect(edited.get_by_label("Version 2")).to_contain_text("Their text.")
    save(edited, 3)
    after = stored(stack, "odd", collection)
    assert (after["title"], after["content"]) == ("Theirs", "Mine.")


def test_an_edit_of_an_outdated_version_is_rejected(
    edited: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "412|Failed to load resource"
    saved: list[str] = []

    def hide_change(route: Route) -> None:
        """Answer no read until the page has saved: it does not learn of the change before."""
        if route.request.method != "GET":
            saved.append(route.request.url)
        if saved:
            route.continue_()
        else:
            route.abort()

    edited.route("**/v1/documents/odd?*", hide_change)
    stack.write({**ODD, "content": "Theirs."}, collection=collection)
    edited.get_by_label("Text").fill("Mine.")
    edited.get_by_role("button", name="Save changes").click()
    other = edited.locator("#other-version")
    expect(other).to_contain_text("version 2 was written meanwhile")
    assert stored(stack, "odd", collection)["content"] == "Theirs."
    other.get_by_role("button", name="Use theirs").click()
    expect(edited.get_by_label("Text")).to_have_value("Theirs.")
    expect(other).to_be_empty()


def test_a_deletion_by_others_keeps_the_text(edited: Page, stack: Stack, collection: str) -> None:
    edited.get_by_label("Text").fill("Mine.")
    delete(stack, "odd", collection)
    expect(edited.locator("#other-version")).to_contain_text("has deleted this document")
    expect(edited.get_by_label("Text")).to_have_value("Mine.")
    edited.get_by_role("button", name="Discard", exact=True).focus()
    edited.keyboard.press("Enter")
    edited.clock.fast_forward(CONFIRM_DELAY_MS)
    edited.keyboard.press("Enter")
    expect(edited.get_by_text("This document was deleted.")).to_be_visible()
    expect(edited.locator("#document-text")).to_be_hidden()


def test_unsaved_changes_survive_a_reload_and_can_be_discarded(edited: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    edited.on("dialog", leave)
    text = edited.get_by_label("Text")
    text.press_sequentially("Not saved. ")
    expect(edited.get_by_text("Unsaved changes", exact=True)).to_be_visible()
    edited.reload()
    assert asked == ["beforeunload"]
    expect(text).to_have_value("Not saved. First.\nSecond.\n")
    expect(edited.get_by_text(re.compile(r"You see unsaved changes from \d"))).to_be_visible()
    edited.get_by_role("button", name="Discard them").click()
    edited.get_by_role("button", name="Discard your changes?").click(delay=CONFIRM_DELAY_MS)
    expect(text).to_have_value("First.\nSecond.\n")
    edited.reload()
    assert asked == ["beforeunload"]
    expect(text).to_have_value("First.\nSecond.\n")


RETURN = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
"""What a browser does that shows a page again as it was left."""


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["another key", "signed out"])
def test_unsaved_changes_survive_another_key_unless_the_tab_forgets(
    new: Page, *, is_forgotten: bool
) -> None:
    new.get_by_label("Text").fill("Not saved.")
    if is_forgotten:
        new.evaluate("sessionStorage.clear()")
    new.evaluate("sessionStorage.setItem('inkdex-key', 'ink_another')")
    with new.expect_navigation():
        new.evaluate(RETURN)
    expect(new.get_by_label("Text")).to_have_value("" if is_forgotten else "Not saved.")


def test_escape_closes_the_editor_only_if_nothing_is_lost(edited: Page) -> None:
    text = edited.get_by_label("Text")
    text.fill("Not saved.")
    text.press("Escape")
    expect(edited.get_by_text("Your changes are not saved.")).to_be_visible()
    expect(text).to_have_value("Not saved.")
    edited.get_by_role("button", name="Discard", exact=True).focus()
    edited.keyboard.press("Enter")
    edited.clock.fast_forward(CONFIRM_DELAY_MS)
    edited.keyboard.press("Enter")
    expect(edited.locator("#document-text")).to_contain_text("First.")
    edited.get_by_role("button", name="Edit").click()
    expect(text).to_have_value("First.\nSecond.\n")
    text.press("Escape")
    expect(text).to_be_hidden()
    expect(edited.get_by_role("button", name="Edit")).to_be_focused()


def test_save_is_in_view_on_a_phone(open_page: Open) -> None:
    page = open_page(size=PHONE, path=PATH, query="&new")
    save_button = page.get_by_role("button", name="Save", exact=True)
    expect(save_button).to_be_in_viewport(ratio=1)
    page.get_by_label("Text").fill("line\n" * 100)
    expect(save_button).to_be_in_viewport(ratio=1)
    save_button.click()
    expect(page.locator("#document-status")).to_contain_text("ready", ignore_case=True)


def test_the_editor_fits_and_is_accessible_on_every_screen(edited: Page) -> None:
    edited.get_by_label("Text").fill("w" * 3000)
    edited.locator("#metadata").fill("{")
    edited.get_by_role("button", name="Save changes").click()
    expect(edited.locator("#metadata-error")).to_be_visible()
    edited.emulate_media(reduced_motion="reduce")
    for size, scheme in SCREENS:
        edited.set_viewport_size({"width": size[0], "height": size[1]})
        edited.emulate_media(color_scheme=scheme)
        assert edited.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = Axe().run(edited)
        assert found.violations_count == 0, found.generate_report()
    assert edited.evaluate(SMALL_TARGETS) == []
