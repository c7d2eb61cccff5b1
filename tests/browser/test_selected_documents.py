"""Tests of what is done with many documents at once: select, delete, retry, move, export."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Download, Page, Route, expect

from tests.browser.access import Keys, sign_in
from tests.browser.confirming import CONFIRM_DELAY_MS, delete_at_last
from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import (
    PATH,
    open_collection_menu,
    row,
    rows,
    select,
    stored,
)
from tests.browser.stack import Stack
from tests.support import model_faults as faults


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    documents = (
        {
            "id": f"{n:02}",
            "content": f"leaf {n}",
            "metadata": {"even": n % 2 == 0, "large": 2**60 + n},
        }
        for n in range(30)
    )
    stack.write(*documents, collection=collection)
    page = open_page(path=PATH)
    expect(rows(page)).to_have_count(25)
    return page


def selected(page: Page) -> list[str]:
    boxes = rows(page).get_by_role("checkbox", checked=True).all()
    return [(box.get_attribute("aria-label") or "").removeprefix("Select ") for box in boxes]


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name=re.compile(r"Delete .*\?")).click(delay=CONFIRM_DELAY_MS)


def lines_of(download: Download) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(download.path()).read_text().splitlines()]


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
    expect(page.get_by_label("Select all on this page")).to_be_focused()
    assert "27" not in stored(stack, collection)


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
        *({"id": f"bad-{n}", "content": f"unreadable {n}"} for n in range(2)), collection=collection
    )
    expect(page.get_by_text("embed this text: no known tokens.")).to_have_count(2)
    select(page, "29", "bad-0", "bad-1")
    stack.proxy.heal()
    page.get_by_role("button", name="Retry 2 failed").click()
    expect(page.get_by_text("Retrying 2 documents.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry 2 failed")).to_be_hidden()
    expect(page.locator(".document[data-status=ready]")).to_have_count(25)


def test_selected_documents_are_moved_unless_their_id_is_taken(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "412"
    target = f"{collection}-target"
    stack.write({"id": "28", "content": "mine"}, collection=target)
    before = stored(stack, collection)
    select(page, "29", "28", "27")
    page.get_by_role("button", name="Move…").click()
    expect(page.locator("#move-text")).to_contain_text(
        "Ids, titles, texts and metadata stay the same."
    )
    expect(page.locator("#move-text")).to_contain_text(
        "The documents are copied to the other collection, then deleted here."
    )
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="Enter the name")).to_be_visible()
    page.get_by_label("To the collection").fill(target)
    page.keyboard.press("Enter")
    expect(page.locator("#list-message")).to_have_text(
        f"Moved 2 documents to {target}. Not 1: {target} has a document with the id 28 already. "
        f"Open {target}"
    )
    options = page.get_by_label("Collection", exact=True).locator("option")
    expect(options.filter(has_text=f"{target} · 3")).to_have_count(1)
    there, here = stored(stack, target), stored(stack, collection)
    assert there["28"]["content"] == "mine"
    assert sorted(there) == ["27", "28", "29"]
    assert set(before) - set(here) == {"27", "29"}
    same = ("title", "content", "metadata")
    assert {name: there["29"][name] for name in same} == {name: before["29"][name] for name in same}


def test_a_move_of_all_says_where_they_are(open_page: Open, stack: Stack, collection: str) -> None:
    target = f"{collection}-target"
    stack.write(
        {"id": "1", "content": "leaf 1"}, {"id": "2", "content": "leaf 2"}, collection=collection
    )
    page = open_page(path=PATH)
    page.get_by_label("Select all on this page").check()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Export as .jsonl", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("To the collection").fill(target)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()
    message = page.locator("#list-message")
    expect(message).to_contain_text(f"Moved 2 documents to {target}.")
    expect(message).to_be_focused()
    message.get_by_role("link", name=f"Open {target}").click()
    expect(rows(page)).to_have_count(2)


def test_a_document_that_changes_while_it_is_moved_stays(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "412"
    target = f"{collection}-target"

    def change(route: Any) -> None:  # noqa: ANN401
        if route.request.method == "PUT":
            stack.write({"id": "29", "content": "changed"}, collection=collection)
        route.continue_()

    page.route("**/v1/documents/29?**", change)
    select(page, "29")
    page.get_by_role("button", name="Move…").click()
    page.get_by_label("To the collection").fill(target)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It was changed while it was moved, so it stays here.")).to_be_visible()
    assert stored(stack, target) == {}
    assert stored(stack, collection)["29"]["content"] == "changed"


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


def test_all_that_match_the_filter_are_deleted_after_a_question(
    page: Page, stack: Stack, collection: str
) -> None:
    page.goto(f"{page.url}&filter=" + '{"even": true}')
    page.get_by_role("button", name="Delete all that match…").click()
    question = page.get_by_role("dialog", name="Delete 15 documents?")
    expect(question).to_contain_text("Filter: even is true.")
    question.get_by_role("button", name="Cancel").click()
    assert len(stored(stack, collection)) == 30
    page.get_by_role("button", name="Delete all that match…").click()
    question.get_by_role("button", name="Delete 15 documents").click()
    expect(page.get_by_text("Deleted 15 documents.")).to_be_visible()
    option = page.get_by_label("Collection", exact=True).locator("option:checked")
    expect(option).to_have_text(f"{collection} · 15")
    expect(page.get_by_text("No documents match the filter.")).to_be_visible()
    assert all(int(id_) % 2 for id_ in stored(stack, collection))


def test_a_deletion_asks_about_the_filter_that_it_uses(
    page: Page, stack: Stack, collection: str
) -> None:
    page.goto(f"{page.url}&filter=" + '{"even": true}')
    expect(rows(page)).to_have_count(15)

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/documents?*sort=id*", hold)
    page.get_by_role("button", name="Delete all that match…").click()
    expect(page.get_by_text("Counting…")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(25)
    held[0].continue_()
    question = page.get_by_role("dialog", name="Delete 15 documents?")
    expect(question).to_contain_text(f"In the collection {collection}. Filter: even is true.")
    question.get_by_role("button", name="Delete 15 documents").click()
    expect(page.get_by_text("Deleted 15 documents.")).to_be_visible()
    assert all(int(id_) % 2 for id_ in stored(stack, collection))


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


def test_the_collection_is_renamed_and_described(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "409"
    stack.write({"content": "elsewhere"}, collection=f"{collection}-taken")
    open_collection_menu(page)
    page.get_by_role("button", name="Rename or describe…").click()
    dialog = page.get_by_role("dialog", name="Rename or describe")
    dialog.get_by_label("Name").fill(f"{collection}-taken")
    dialog.get_by_label("Description").fill("Leaves of a book")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("There already is a collection")
    dialog.get_by_label("Name").fill(f"{collection}-new")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#description")).to_have_text("Leaves of a book")
    expect(page.get_by_label("Collection", exact=True)).to_have_value(f"{collection}-new")
    expect(page.get_by_text(f"Renamed to {collection}-new.")).to_be_visible()
    expect(rows(page)).to_have_count(25)
    assert len(stored(stack, f"{collection}-new")) == 30


def test_the_collection_is_deleted_once_its_name_is_typed(
    page: Page, stack: Stack, collection: str
) -> None:
    open_collection_menu(page)
    page.get_by_role("button", name="Delete the collection…").click()
    question = page.get_by_role("dialog", name=f"Delete the collection {collection}?")
    expect(question).to_contain_text("30 documents")
    question.get_by_label("Enter the name").fill(collection[:-1])
    page.keyboard.press("Enter")
    expect(question.get_by_role("alert")).to_have_text("The name does not match.")
    question.get_by_label("Enter the name").fill(f" {collection} ")
    question.get_by_role("button", name="Delete the collection").click()
    expect(page.get_by_text(f"Deleted the collection {collection}.")).to_be_focused()
    expect(page.get_by_label("Collection", exact=True)).to_have_value("default")
    names = httpx.get(f"{stack.url}/v1/collections", trust_env=False).json()["items"]
    assert collection not in [each["name"] for each in names]


def test_after_a_deletion_a_collection_is_shown_that_the_key_can_read(
    open_page: Open, keys: Keys, collection: str
) -> None:
    other = f"{collection}-z"
    for name in (collection, other):
        keys.write({"id": "kept", "content": "kept"}, collection=name)
    page = open_page(path="/console/documents", live=False)
    actions = ("documents.read", "documents.write")
    sign_in(page, keys.make(*actions, collections=(collection, other))["key"])
    open_collection_menu(page)
    page.get_by_role("button", name="Delete the collection…").click()
    question = page.get_by_role("dialog", name=f"Delete the collection {collection}?")
    question.get_by_label("Enter the name").fill(collection)
    question.get_by_role("button", name="Delete the collection").click()
    expect(page.get_by_text(f"Deleted the collection {collection}.")).to_be_focused()
    expect(page.get_by_label("Collection", exact=True)).to_have_value(other)
    expect(row(page, "kept")).to_be_visible()
