"""A page that is left open: what it missed meanwhile, and what it says of its age."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.stack import Stack
from tests.support.processes import eventually

SEEN = """
(seen) => {
    Object.defineProperty(document, "hidden", { value: seen === "away", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}
"""
LATER = "(ms) => { const now = Date.now; Date.now = () => now() + ms; }"


@pytest.fixture
def page(page: Page) -> Page:
    page.get_by_label("Text").fill("Ink that was there before")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Written just now")).to_contain_text("Ready")
    return page


def test_hits_are_asked_for_again_after_a_long_absence(
    page: Page, stack: Stack, collection: str
) -> None:
    page.get_by_label("What to search for").fill("ink")
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(1)
    page.evaluate(SEEN, "away")
    stack.write({"content": "Ink that came meanwhile"}, collection=collection)
    stack.settled()
    page.evaluate(LATER, 61_000)
    page.evaluate(SEEN, "here")
    expect(hits).to_have_count(2)


def test_charts_have_a_gap_where_nobody_asked(page: Page) -> None:
    chart = page.locator(".chart", has=page.get_by_role("heading", name="Write", exact=True))
    line = chart.locator("path.p50")
    expect(line).to_have_attribute("d", re.compile("L"))
    begun = (line.get_attribute("d") or "").count("M")
    page.evaluate(LATER, 20_000)
    eventually(lambda: (line.get_attribute("d") or "").count("M") == begun + 1, "a gap", 10)


def test_figures_that_are_old_say_so(page: Page, watch: Watch) -> None:
    watch.forgiven = "503"
    page.route("**/v1/stats", lambda it: it.fulfill(status=503, json={"detail": "Busy."}))
    told = page.get_by_text(re.compile(r"The figures are as of \d"))
    expect(told).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.unroute_all()
    expect(told).to_be_hidden()


def test_a_connection_lost_twice_is_told_twice(page: Page, watch: Watch) -> None:
    watch.forgiven = "Failed to load resource"
    banner = page.locator("#connection")

    def lose() -> None:
        page.route("**/v1/events", lambda it: it.abort())
        page.evaluate(SEEN, "away")
        page.evaluate(SEEN, "here")

    lose()
    expect(banner).to_contain_text("Live changes lost")
    page.unroute_all()
    expect(banner).to_contain_text("Connected again")
    lose()
    expect(banner).to_contain_text("Live changes lost")
    page.wait_for_timeout(3000)  # as long as the return is told
    expect(banner).to_contain_text("Live changes lost")


def test_collections_beyond_those_that_are_listed_are_known_by_their_changes(
    page: Page, stack: Stack, collection: str
) -> None:
    option = page.get_by_label("Collection", exact=True).locator("option")
    shelves = [f"box-{number:03}" for number in range(101)]
    stack.write(*({"content": "full", "collection": name} for name in shelves), collection="box")
    expect(option.filter(has_text="box-100")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    stack.write(*({"content": f"leaf {n}"} for n in range(50)), collection="zzz")
    expect(option.filter(has_text="zzz")).to_have_count(1)
    stack.settled()
    stack.write({"id": "last", "content": "leaf"}, collection=collection)
    expect(page.get_by_role("button", name="Edit last")).to_be_visible()
    assert not [url for url in asked if "/v1/collections" in url]
