"""Selected documents are moved to another collection."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import PATH, rows, select, stored
from tests.browser.stack import Stack


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
