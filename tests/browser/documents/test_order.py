"""The order of the list: the heads of the table, and a menu on a phone."""

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.document_list import PATH, rows, select
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS

WRITTEN = ["azure", "Äpfel", "apple", "Birch"]
BY_TITLE = ["Äpfel", "apple", "azure", "Birch"]
LARGEST_FIRST = ["Birch", "apple", "azure", "Äpfel"]
TEXT_IS_WHOLE = """
(menu) => {
    const text = document.createElement("canvas").getContext("2d");
    const { font, paddingLeft } = getComputedStyle(menu);
    text.font = font;
    const arrow = 20;
    return text.measureText(menu.selectedOptions[0].text).width
        <= menu.clientWidth - 2 * parseFloat(paddingLeft) - arrow;
}
"""
SIZES = {"azure": 30, "Äpfel": 20, "apple": 40, "Birch": 50}


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The list of documents in the order WRITTEN. One has no title, and is shown by its id."""
    for name in WRITTEN:
        named = {"id": name} if name == "apple" else {"title": name}
        stack.write(named | {"content": "w" * SIZES[name]}, collection=collection)
    page = open_page(path=PATH)
    expect(rows(page)).to_have_count(len(WRITTEN))
    return page


def head(page: Page, name: str) -> Locator:
    return page.get_by_role("columnheader", name=name, exact=True)


def press(page: Page, name: str) -> None:
    head(page, name).get_by_role("button").click()


def shows(page: Page, names: list[str]) -> None:
    expect(page.locator(".document .name")).to_have_text(names)


def says(page: Page, name: str, direction: str) -> None:
    """Only this head says that the list is sorted by it."""
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    expect(head(page, name)).to_have_attribute("aria-sort", direction)


def test_a_press_on_a_head_sorts_the_list_and_another_turns_it(page: Page) -> None:
    shows(page, WRITTEN[::-1])
    says(page, "Changed", "descending")
    press(page, "Title")
    shows(page, BY_TITLE)
    says(page, "Title", "ascending")
    press(page, "Title")
    shows(page, BY_TITLE[::-1])
    says(page, "Title", "descending")
    press(page, "Size")
    shows(page, LARGEST_FIRST)
    says(page, "Size", "descending")
    press(page, "Size")
    shows(page, LARGEST_FIRST[::-1])
    says(page, "Size", "ascending")
    press(page, "Changed")
    shows(page, WRITTEN[::-1])
    press(page, "Changed")
    shows(page, WRITTEN)
    says(page, "Changed", "ascending")


def test_a_list_stays_sorted_over_its_pages(page: Page, stack: Stack, collection: str) -> None:
    more = [f"between {number:02}" for number in range(30)]
    stack.write(*({"title": each, "content": each} for each in more), collection=collection)
    press(page, "Title")
    shows(page, [*BY_TITLE[:3], *more[:22]])
    page.get_by_role("button", name="Next").click()
    shows(page, [*more[22:], "Birch"])


def test_the_order_is_in_the_address(page: Page) -> None:
    press(page, "Size")
    assert httpx.URL(page.url).params["sort"] == "-size"
    page.reload()
    shows(page, LARGEST_FIRST)
    says(page, "Size", "descending")
    press(page, "Changed")
    assert "sort" not in httpx.URL(page.url).params
    plain = page.url
    page.goto(f"{plain}&sort=unknown")
    shows(page, WRITTEN[::-1])
    page.goto(f"{plain}&sort=id")
    expect(page.locator("th[aria-sort]")).to_have_count(0)


def test_the_order_is_there_again_after_another_page(page: Page) -> None:
    press(page, "Title")
    shows(page, BY_TITLE)
    page.get_by_role("link", name="azure").click()
    expect(page.locator("#page-title")).to_have_text("azure")
    page.get_by_role("link", name="Documents", exact=True).click()
    shows(page, BY_TITLE)
    says(page, "Title", "ascending")
    assert httpx.URL(page.url).params["sort"] == "title"
    press(page, "Changed")
    page.get_by_role("link", name="Search").click()
    expect(page.locator("#page-title")).to_have_text("Search")
    expect(page.locator("#status-sentence")).to_have_text("All well")
    page.get_by_role("link", name="Documents", exact=True).click()
    shows(page, WRITTEN[::-1])


def test_each_collection_has_its_own_order(page: Page, stack: Stack, collection: str) -> None:
    other = f"{collection}-other"
    for name in ("y", "z"):
        stack.write({"id": name, "content": f"{name} {other}"}, collection=other)
    picker = page.get_by_label("Collection", exact=True)
    press(page, "Title")
    shows(page, BY_TITLE)
    picker.select_option(other)
    shows(page, ["z", "y"])
    says(page, "Changed", "descending")
    assert "sort" not in httpx.URL(page.url).params
    picker.select_option(collection)
    shows(page, BY_TITLE)
    says(page, "Title", "ascending")
    assert httpx.URL(page.url).params["sort"] == "title"


def test_the_heads_work_by_keyboard(page: Page) -> None:
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Tab")
    expect(head(page, "Title").get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    shows(page, BY_TITLE)
    expect(head(page, "Title").get_by_role("button")).to_be_focused()


def test_tab_passes_the_heads_that_the_bar_covers(page: Page) -> None:
    select(page, "Birch")
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Select Birch")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Tab")
    expect(head(page, "Title").get_by_role("button")).to_be_focused()


def test_a_phone_has_a_menu_instead_of_heads(page: Page) -> None:
    menu = page.get_by_label("Sort by")
    expect(menu).to_be_hidden()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(menu).to_have_value("-updated_at")
    for label in menu.locator("option").all_inner_texts():
        menu.select_option(label)
        assert menu.evaluate(TEXT_IS_WHOLE), label
    menu.select_option("Title, Z to A")
    shows(page, BY_TITLE[::-1])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    says(page, "Title", "descending")


def test_the_heads_are_large_and_accessible(page: Page) -> None:
    press(page, "Size")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    small = page.evaluate(SMALL_TARGETS)
    assert not [each for each in small if re.search("Title|Size|Changed", each)]
