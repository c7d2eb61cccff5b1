"""Tests of a page that stays open for long: missed changes and the age of its data."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import PATH, open_collection_menu, rows
from tests.browser.stack import Stack

SET_VISIBILITY = """
(state) => {
    Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}
"""


def test_a_search_is_repeated_after_a_long_absence(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write({"content": "Ink that was there before"}, collection=collection)
    page.get_by_label("Search query").fill("ink")
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(1)
    page.evaluate(SET_VISIBILITY, "hidden")
    stack.write({"content": "Ink that was written during the absence"}, collection=collection)
    stack.wait_until_embedded()
    page.clock.fast_forward(61_000)
    page.evaluate(SET_VISIBILITY, "visible")
    expect(hits).to_have_count(2)


def test_a_connection_that_is_lost_twice_is_reported_twice(
    page: Page, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    banner = page.locator("#connection")

    def disconnect() -> None:
        page.route("**/v1/events", lambda route: route.abort())
        page.evaluate(SET_VISIBILITY, "hidden")
        page.evaluate(SET_VISIBILITY, "visible")

    disconnect()
    expect(banner).to_contain_text("Live updates are interrupted")
    page.unroute_all()
    expect(banner).to_contain_text("Reconnected")
    disconnect()
    expect(banner).to_contain_text("Live updates are interrupted")
    page.clock.fast_forward(3000)  # as long as the message "Reconnected" is shown
    expect(banner).to_contain_text("Live updates are interrupted")


def test_changes_reveal_collections_beyond_the_first_two_hundred(
    open_page: Open, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "404"  # whether the collection exists is not known from the list
    names = [f"box-{number:03}" for number in range(201)]
    stack.write(*({"content": "full", "collection": name} for name in names), collection="box")
    page = open_page(path=PATH)
    option = page.get_by_label("Collection", exact=True).locator("option")
    expect(option.filter(has_text="box-150")).to_have_count(1)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    stack.write(*({"content": f"leaf {n}"} for n in range(50)), collection="zzz")
    expect(option.filter(has_text="zzz")).to_have_count(1)
    stack.wait_until_embedded()
    stack.write({"id": "last", "content": "leaf"}, collection=collection)
    expect(rows(page)).to_have_count(1)
    assert not [url for url in requested if "/v1/collections?" in url]


def test_a_collection_beyond_the_first_two_hundred_is_counted_and_described(
    open_page: Open, stack: Stack, collection: str
) -> None:
    names = [f"box-{number:03}" for number in range(201)]
    stack.write(*({"content": "full", "collection": name} for name in names), collection="box")
    stack.write(*({"content": f"leaf {n}"} for n in range(50)), collection=collection)
    answer = httpx.patch(
        f"{stack.url}/v1/collections/{collection}", json={"description": "Last"}, trust_env=False
    )
    answer.raise_for_status()
    page = open_page(path=PATH)
    expect(page.locator("#range")).to_have_text("1–25 of 50")
    open_collection_menu(page)
    page.get_by_role("button", name="Rename or describe…").click()
    expect(page.get_by_label("Description")).to_have_value("Last")
    page.close()
    stack.clear()  # others expect that all collections are listed
