"""What is done with all that match a filter, or with the whole collection."""

import httpx
from playwright.sync_api import Page, Route, expect

from tests.browser.access import Keys, sign_in
from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import open_collection_menu, row, rows, stored
from tests.browser.stack import Stack


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
