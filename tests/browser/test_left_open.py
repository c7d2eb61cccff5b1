"""Tests of a page that stays open for long: missed changes and the age of its data."""

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import PATH, rows
from tests.browser.stack import Stack
from tests.support.processes import eventually

POLL_MS = 2000
"""The page reads the status this often."""
SET_VISIBILITY = """
(state) => {
    Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}
"""


@pytest.fixture
def activity(open_page: Open, stack: Stack, collection: str) -> Page:
    """The page of activity, after a write."""
    query = {"collection": collection}
    body = {"content": "Ink."}
    httpx.put(f"{stack.url}/v1/documents/a", params=query, json=body, trust_env=False)
    return open_page(path="/console/activity")


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


def test_charts_have_a_gap_where_statistics_are_missing(activity: Page) -> None:
    page = activity
    chart = page.locator(".chart", has=page.get_by_role("heading", name="Write", exact=True))
    line = chart.locator("path.p50")
    expect(line).to_have_attribute("d", re.compile("L"))
    segments = (line.get_attribute("d") or "").count("M")
    page.clock.fast_forward(20_000)
    eventually(lambda: (line.get_attribute("d") or "").count("M") == segments + 1, "a gap", 10)


def test_old_statistics_show_their_time(activity: Page, page_errors: PageErrors) -> None:
    page = activity
    page_errors.ignored = "503"
    page.route("**/v1/stats", lambda route: route.fulfill(status=503, json={"detail": "Busy."}))
    age = page.get_by_text(re.compile(r"These statistics are from \d"))
    page.clock.fast_forward(POLL_MS)
    expect(age).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.unroute_all()
    page.clock.fast_forward(POLL_MS)
    expect(age).to_be_hidden()


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
    open_page: Open, stack: Stack, collection: str
) -> None:
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
