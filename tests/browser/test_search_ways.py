"""Tests of the ways through a search: by keys, to more hits, and out when nothing is found."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS

LONG_TITLE = "All that is known of ink, of its recipes, and of the hands that made it" * 4
NO_MEETING = "No document meets the filter. Remove the filter, or change it."
NO_WORDS = "No document has these words. Try others, or fewer of them."
NEITHER = "No document meets the filter and has these words. Remove the filter, or change it."


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The first hits of a search by words that finds twelve documents of two kinds."""
    notes: list[dict[str, Any]] = [
        {"id": f"n{n:02}", "content": f"Ink number {n}", "metadata": {"kind": "ab"[n % 2]}}
        for n in range(11)
    ]
    stack.write(
        *notes, {"id": "long", "title": LONG_TITLE, "content": "Ink"}, collection=collection
    )
    page = open_page("&q=ink&mode=text")
    expect(hits(page)).to_have_count(10)
    return page


def hits(page: Page) -> Locator:
    return page.get_by_label("Hits").locator(".hit")


def test_keys_lead_to_the_query_the_hits_and_the_filters(page: Page) -> None:
    query, order = page.get_by_label("Search query"), page.get_by_label("Order", exact=True)
    order.press("/")
    expect(query).to_be_focused()
    query.press("ArrowDown")
    expect(hits(page).first.get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(hits(page).nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(query).to_be_focused()
    skip = page.get_by_role("link", name="Skip to the filters")
    expect(page.get_by_role("heading", name="Narrow down")).to_be_visible()
    order.press("Tab")
    expect(skip).to_be_focused()
    skip.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#facets button").first).to_be_focused()
    query.press("Escape")
    expect(query).to_have_value("")
    expect(query).to_be_focused()
    expect(hits(page)).to_have_count(0)


def test_more_hits_go_on_at_the_first_new_one(page: Page) -> None:
    page.get_by_role("button", name="More hits").press("Enter")
    expect(hits(page)).to_have_count(12)
    expect(hits(page).nth(10).get_by_role("link")).to_be_focused()
    expect(page.locator("#hits-news")).to_have_text("2 more hits.")
    expect(page.get_by_role("button", name="More hits")).to_be_hidden()


def test_the_page_says_that_no_hit_has_a_word_of_the_query(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write({"id": "nib", "content": "A nib for broad lines"}, collection=collection)
    page = open_page("&q=zzkq+wvxp")
    summary = page.locator("#search-summary")
    expect(summary).to_contain_text("None has a word of your query.")
    page.get_by_label("Search query").fill("zzkq nib")
    expect(summary).to_contain_text("1 document in")
    expect(summary).not_to_contain_text("None has a word")


def test_more_hits_are_offered_only_if_there_are_more(
    open_page: Open, stack: Stack, collection: str
) -> None:
    notes = [{"id": f"n{number}", "content": f"A nib {number}"} for number in range(11)]
    stack.write(*notes[:10], collection=collection)
    page = open_page("&q=nib&mode=text")
    more = page.get_by_role("button", name="More hits")
    expect(page.locator("#search-summary")).to_contain_text("10 documents")
    expect(hits(page)).to_have_count(10)
    expect(more).to_be_hidden()
    stack.write(notes[10], collection=collection)
    page.reload()
    expect(page.locator("#search-summary")).to_contain_text("10 of 11 documents")
    expect(hits(page)).to_have_count(10)
    expect(more).to_be_visible()


def test_a_link_skips_to_the_hits(page: Page) -> None:
    page.locator("body").press("Tab")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the hits")
    expect(skip).to_be_focused()
    skip.press("Enter")
    page.keyboard.press("Tab")
    expect(hits(page).first.get_by_role("link")).to_be_focused()
    page.get_by_label("Search query").fill("")
    expect(skip).to_be_hidden()


def test_on_a_phone_values_are_in_a_sheet_over_the_hits(page: Page) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(hits(page).first.locator(".snippet")).to_be_in_viewport()
    opener = page.get_by_role("button", name="Narrow down")
    opener.click()
    sheet = page.get_by_role("dialog", name="Narrow down")
    sheet.get_by_role("button", name=re.compile("^a")).click()
    expect(sheet.get_by_role("button", pressed=True)).to_have_count(1)
    show = sheet.get_by_role("button", name=re.compile(r"^Show \d+ hits$"))
    expect(show).to_be_visible()
    assert page.evaluate(SMALL_TARGETS) == []
    show.click()
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("heading", name="Narrow down")).to_be_visible()


def test_a_long_title_takes_two_lines(page: Page) -> None:
    title = hits(page).get_by_role("link", name=LONG_TITLE)
    expect(title).to_have_attribute("title", LONG_TITLE)
    lines = "(title) => title.clientHeight / parseFloat(getComputedStyle(title).lineHeight)"
    assert title.evaluate(lines) == pytest.approx(2, abs=0.1)


def test_the_choice_of_a_collection_is_a_search_in_it(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write({"id": "other", "content": "Ink elsewhere"}, collection=f"{collection}-other")
    scope = page.get_by_label("Where to search")
    scope.select_option("All collections")
    expect(hits(page).first).to_contain_text(re.compile(r"\. In \S+\."))
    page.get_by_label("Collection", exact=True).select_option(f"{collection}-other")
    expect(hits(page)).to_have_count(1)
    expect(scope).to_have_value("")


def test_no_hits_have_a_cause_and_ways_out(page: Page, stack: Stack, collection: str) -> None:
    unmet, met = quote(json.dumps({"kind": "c"})), quote(json.dumps({"kind": "a"}))
    for query, cause in (
        (f"q=ink&mode=text&filter={unmet}", NO_MEETING),
        (f"q=ink&mode=semantic&filter={unmet}", NO_MEETING),
        (f"q=quaint&mode=text&filter={met}", NEITHER),
        ("q=quaint&mode=text", NO_WORDS),
    ):
        page.goto(f"{stack.url}/?collection={collection}&{query}")
        expect(page.locator("#no-hits-cause")).to_have_text(cause)
    page.goto(f"{stack.url}/?collection={collection}-empty&q=ink&filter={met}")
    nothing = page.get_by_text(f"The collection {collection}-empty has no documents.")
    expect(nothing).to_be_visible()
    expect(page.get_by_role("link", name="Import files")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the filter")).to_be_hidden()
    page.get_by_role("button", name="Search in all collections").click()
    expect(page.locator("#search-summary")).to_be_focused()
    expect(nothing).to_be_hidden()


TOTALS = """async (totals) => {
    const { totalOf } = await import("/console/search/search_words.js");
    return totals.map(([count, exact]) => totalOf({ count, exact }, "hit"));
}"""


def test_a_total_that_is_not_exact_says_only_what_is_sure(page: Page) -> None:
    totals = [(149, False), (157, True), (100, False), (37, False), (1, False), (1, True)]
    assert page.evaluate(TOTALS, totals) == [
        "more than 100 hits",
        "157 hits",
        "at least 100 hits",
        "at least 37 hits",
        "at least 1 hit",
        "1 hit",
    ]


def test_what_is_typed_on_arrival_replaces_the_query(open_page: Open) -> None:
    page = open_page("&q=ink&mode=text#query")
    query = page.get_by_label("Search query")
    expect(query).to_have_value("ink")
    expect(query).to_be_focused()
    page.keyboard.type("nib")
    expect(query).to_have_value("nib")
