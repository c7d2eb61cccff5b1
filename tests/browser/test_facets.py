"""Tests of the values beside the hits: what a press means, and what their numbers count."""

import json
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open
from tests.browser.stack import Stack

DOCUMENTS: list[dict[str, Any]] = [
    {"id": "a", "year": 2024, "lang": "en", "tags": ["pen", "ink"]},
    {"id": "b", "year": 2024, "lang": "de", "tags": ["ink"]},
    {"id": "c", "year": 2025, "lang": "en", "tags": ["pen"]},
    {"id": "d", "year": 2025, "lang": "en", "tags": ["ink"]},
    {"id": "e", "year": 2025, "lang": "de", "tags": ["paper"]},
    {"id": "f", "year": 2026, "lang": "en", "tags": ["paper"]},
]
BY_ITSELF = "whatever is chosen here"
ALSO = "within the filter"
IN_ALL = "in the collection"


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The hits of a search by words that finds six documents."""
    stack.write(*(_document(each) for each in DOCUMENTS), collection=collection)
    page = open_page("&q=ledger&mode=text")
    expect(hits(page)).to_have_count(6)
    expect(facet(page, "year").get_by_role("button")).to_have_text(["20253", "20242", "20261"])
    return page


def _document(metadata: dict[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in metadata.items() if name != "id"}
    return {"id": metadata["id"], "content": f"Ledger {metadata['id']}", "metadata": named}


def hits(page: Page) -> Locator:
    return page.get_by_label("Hits").locator(".hit")


def facet(page: Page, name: str) -> Locator:
    return page.locator("#facets").get_by_role("list", name=name)


def unit(page: Page, name: str) -> Locator:
    """What stands above the numbers of a field."""
    return (
        page.locator("#facets section")
        .filter(has=page.get_by_role("list", name=name))
        .locator(".unit")
    )


def press(page: Page, name: str, value: str) -> None:
    facet(page, name).get_by_role("button", name=re.compile(f"^{value}")).click()


def filter_of(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(httpx.URL(page.url).params.get("filter", "{}"))
    return found


def test_values_of_a_field_are_alternatives_and_their_numbers_stay(page: Page) -> None:
    years, languages = facet(page, "year"), facet(page, "lang")
    press(page, "year", "2024")
    expect(hits(page)).to_have_count(2)
    expect(years.get_by_role("button")).to_have_text(["20253", "20242", "20261"])
    expect(unit(page, "year")).to_have_text(BY_ITSELF)
    expect(unit(page, "lang")).to_have_text(ALSO)
    press(page, "year", "2026")
    expect(hits(page)).to_have_count(3)
    assert filter_of(page) == {"year": {"in": [2024, 2026]}}
    expect(years.get_by_role("button", pressed=True)).to_have_text(["20242", "20261"])
    expect(languages.get_by_role("button")).to_have_text(["en2", "de1"])
    press(page, "lang", "en")
    expect(hits(page)).to_have_count(2)
    expect(years.get_by_role("button")).to_have_text(["20252", "20241", "20261"])
    expect(languages.get_by_role("button")).to_have_text(["en2", "de1"])


def test_a_press_moves_neither_the_fields_nor_the_focus(page: Page) -> None:
    fields = page.locator("#facets h3").all_inner_texts()
    for name, value in (("lang", "en"), ("year", "2025")):
        pressed = facet(page, name).get_by_role("button", name=re.compile(f"^{value}"))
        pressed.focus()
        page.keyboard.press("Enter")
        expect(unit(page, name)).to_have_text(BY_ITSELF)
        expect(pressed).to_be_focused()
        left = page.locator("#facets h3").all_inner_texts()  # without those that narrow nothing
        assert left == [each for each in fields if each in left]


@pytest.mark.parametrize(("name", "value"), [("tags", "paper"), ("year", "2026"), ("lang", "de")])
def test_a_second_press_at_the_same_place_undoes_the_first(
    page: Page, name: str, value: str
) -> None:
    before = page.locator("#facet-groups").inner_text()
    pressed = facet(page, name).get_by_role("button", name=re.compile(f"^{value}"))
    box = pressed.bounding_box()
    assert box
    pressed.click()
    expect(page.locator("#active-filters button")).to_have_count(1)
    expect(unit(page, name)).to_have_text(re.compile(f"{ALSO}|{BY_ITSELF}"))
    assert pressed.bounding_box() == box
    page.mouse.click(box["x"] + 9, box["y"] + 9)
    expect(hits(page)).to_have_count(6)
    expect(unit(page, name)).to_have_text(IN_ALL)
    assert filter_of(page) == {}
    assert page.locator("#facet-groups").inner_text() == before


def test_a_second_press_takes_an_alternative_away(page: Page) -> None:
    press(page, "year", "2024")
    press(page, "year", "2025")
    expect(hits(page)).to_have_count(5)
    expect(page.locator("#active-filters button")).to_have_text("year is one of 2024, 2025×")
    press(page, "year", "2024")
    expect(hits(page)).to_have_count(3)
    assert filter_of(page) == {"year": {"eq": 2025}}
    press(page, "year", "2025")
    expect(hits(page)).to_have_count(6)
    assert filter_of(page) == {}
    expect(unit(page, "year")).to_have_text(IN_ALL)


def test_tags_narrow_because_a_document_has_several(page: Page) -> None:
    press(page, "tags", "ink")
    expect(facet(page, "tags").get_by_role("button")).to_have_text(["ink3", "pen1", "paper0"])
    expect(unit(page, "tags")).to_have_text(ALSO)
    press(page, "tags", "pen")
    expect(hits(page)).to_have_count(1)
    assert filter_of(page) == {"tags": {"all": ["ink", "pen"]}}


def test_a_condition_that_stays_is_counted(open_page: Open, page: Page) -> None:
    given = {"year": {"gte": 2025, "in": [2026]}, "tags": {"in": ["pen", "paper"]}}
    page = open_page(f"&q=ledger&mode=text&filter={quote(json.dumps(given))}")
    expect(hits(page)).to_have_count(1)
    expect(facet(page, "year").get_by_role("button")).to_have_text(["20252", "20261"])
    expect(facet(page, "tags").get_by_role("button")).to_have_text(["paper1", "pen0"])
    hits(page).get_by_role("button", name="paper").click()
    expect(page.locator("#active-filters button").last).to_have_text("tags is paper×")
    assert filter_of(page)["tags"] == {"eq": "paper"}


def test_conditions_show_alternatives_and_can_change_them(page: Page) -> None:
    press(page, "year", "2024")
    press(page, "year", "2025")
    page.get_by_role("button", name="Filter (1)").click()
    expect(page.get_by_label("Comparison")).to_have_value("in")
    page.get_by_label("Value").fill("2025, 2026")
    expect(hits(page)).to_have_count(4)
    pressed = facet(page, "year").get_by_role("button", pressed=True)
    expect(pressed).to_have_text(["20253", "20261"])


def many_fields(open_page: Open, stack: Stack, collection: str, size: tuple[int, int]) -> Page:
    """Return the hits of a search whose facets are higher than the screen."""
    names = ["tags", "topic", "category", "author", "place", "lang"]
    metadata = ({name: f"{name} {n % 6}" for name in names} for n in range(12))
    stack.write(
        *(_document({"id": f"{n}"} | each) for n, each in enumerate(metadata)),
        collection=collection,
    )
    page = open_page("&q=ledger&mode=text", size=size)
    expect(page.locator("#facets section")).to_have_count(6)
    return page


def test_the_facets_end_in_the_window_at_the_end_of_the_page(
    open_page: Open, stack: Stack, collection: str
) -> None:
    page = many_fields(open_page, stack, collection, (1280, 800))
    last = page.locator(".facet-value").last
    expect(last).not_to_be_in_viewport()
    expect(page.get_by_text("The numbers count documents, whether")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    expect(last).to_be_in_viewport(ratio=1)


def test_the_focus_comes_to_a_value_that_is_seen(
    open_page: Open, stack: Stack, collection: str
) -> None:
    page = many_fields(open_page, stack, collection, (1280, 800))
    page.locator(".hit a, .hit button").last.focus()
    first = page.locator(".facet-value").first
    for _ in range(30):
        page.keyboard.press("Tab")
        if first.evaluate("each => each === document.activeElement"):
            break
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport(ratio=1)


def test_on_a_phone_what_is_counted_stands_above_the_values(
    open_page: Open, stack: Stack, collection: str
) -> None:
    page = many_fields(open_page, stack, collection, (390, 844))
    page.get_by_role("button", name="Narrow down").click()
    expect(page.get_by_text("The numbers count documents, whether")).to_be_in_viewport(ratio=1)
    last = page.locator(".facet-value").last
    last.focus()
    expect(last).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Show 12 hits").click()
    expect(page.locator("#facets")).to_be_hidden()


def test_counting_asks_for_no_hits(page: Page) -> None:
    with page.expect_request(lambda request: "facets" in (request.post_data or "")) as asked:
        press(page, "lang", "en")
    assert json.loads(asked.value.post_data or "")["limit"] == 0


def test_a_list_of_one_collection_is_none_of_another(
    page: Page, stack: Stack, collection: str
) -> None:
    """What is a list in one collection may be a single value in another."""
    other = f"{collection}-single"
    tags = ("pen", "pen", "ink")
    documents = ({"content": f"Ledger {n}", "metadata": {"tags": t}} for n, t in enumerate(tags))
    stack.write(*documents, collection=other)
    page.get_by_label("Collection", exact=True).select_option(other)
    expect(facet(page, "tags").get_by_role("button")).to_have_text(["pen2", "ink1"])
    press(page, "tags", "pen")
    expect(hits(page)).to_have_count(2)
    press(page, "tags", "ink")
    expect(hits(page)).to_have_count(3)
    assert filter_of(page) == {"tags": {"in": ["pen", "ink"]}}
