"""Tests of the wait for the first hits."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.stack import Stack

TYPING_PAUSE_MS, MOMENT_MS = 150, 400
LINES = "(element) => getComputedStyle(element, '::after').height"


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    stack.write({"id": "quire", "content": "Ink in a quire"}, collection=collection)
    page = open_page()
    expect(page.get_by_role("heading", name="Recently changed")).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    return page


@pytest.fixture
def held(page: Page) -> Iterator[list[Route]]:
    """The searches that wait for their answer. The clock of the page stands still."""
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route("**/v1/search", hold)
    yield routes
    page.unroute_all(behavior="ignoreErrors")


def search(page: Page, query: str) -> None:
    with page.expect_request("**/v1/search"):
        page.get_by_label("Search query").fill(query)
        page.clock.run_for(TYPING_PAUSE_MS)


def release(page: Page, held: list[Route]) -> None:
    """Let the search be answered, which arrives here soon after its request."""
    while not held:
        page.wait_for_timeout(10)
    held.pop().continue_()


def state(page: Page) -> Locator:
    return page.locator("#hits-state")


def test_lines_appear_after_a_moment_until_the_first_hits(page: Page, held: list[Route]) -> None:
    recent = page.get_by_role("heading", name="Recently changed")
    search(page, "quire")
    page.clock.run_for(MOMENT_MS - 1)
    expect(state(page)).to_have_text("")
    expect(recent).to_be_visible()
    page.clock.run_for(1)
    expect(state(page)).to_have_text("Searching…")
    expect(state(page)).to_have_role("status")
    expect(recent).to_be_hidden()
    assert state(page).evaluate(LINES) != "auto"
    release(page, held)
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)
    expect(state(page)).to_have_text("")
    expect(state(page)).to_be_hidden()


@pytest.mark.usefixtures("held")
def test_a_further_key_does_not_begin_the_wait_anew(page: Page) -> None:
    search(page, "qui")
    page.clock.run_for(MOMENT_MS - TYPING_PAUSE_MS - 1)
    search(page, "quire")
    expect(state(page)).to_have_text("")
    page.clock.run_for(1)
    expect(state(page)).to_have_text("Searching…")
    page.get_by_label("Search query").fill("")
    page.clock.run_for(TYPING_PAUSE_MS)
    expect(state(page)).to_have_text("")


def test_hits_that_are_there_stay_meanwhile(page: Page, held: list[Route]) -> None:
    search(page, "quire")
    release(page, held)
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)
    search(page, "ink")
    page.clock.run_for(MOMENT_MS)
    expect(page.locator("#hits")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)
    expect(state(page)).to_have_text("")


@pytest.mark.usefixtures("held")
def test_the_wait_is_accessible_and_stands_still_for_who_wants_it(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    search(page, "quire")
    page.clock.run_for(MOMENT_MS)
    expect(state(page)).to_have_css("animation-name", "none")
    page.clock.resume()
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, context="main")
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
