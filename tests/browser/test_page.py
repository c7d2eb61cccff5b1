"""Tests of the frame and of every page: screens, colours, keyboard, lost connections."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.pages import contents
from api.pages.contents import PAGES
from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.processes import answers, eventually

ACTIVITY = "/console/activity"
DOCUMENTS = "/console/documents"
LOW = (1280, 600)
ZOOMED = (640, 450)
"""A screen of 1280 by 900 at 200 %."""
SCREENS: list[tuple[tuple[int, int], Literal["light", "dark"]]] = [
    (DESK, "light"),
    (DESK, "dark"),
    (PHONE, "dark"),
    (PHONE, "light"),
]
QUERIES = {"search": "&q=ink", "document": "&id=chunked"}
"""What else is in the address of a page."""
SHOWN = {
    "search": "dry",
    "documents": "Longggg",
    "document": "hard to lift",
    "models": "all-minilm",
    "activity": "The model server rejects this text.",
}
"""What a page shows once it has read its data. The others show their forms at once."""
SMALL_TARGETS = """
[...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !element.closest(".visually-hidden, .skip-link"))
    .map((element) => (/radio|checkbox/.test(element.type) ? element.closest("label") : element))
    .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 39.5)
    .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)
"""
MOVING = """
[...document.querySelectorAll("*")]
    .map((element) => getComputedStyle(element))
    .filter((style) => style.transitionDuration !== "0s" || style.animationName !== "none")
    .length
"""
FOCUSED = """
(() => {
    const element = document.activeElement;
    const shown = element.type === "radio" ? element.nextElementSibling : element;
    return { id: element.id, outlined: getComputedStyle(shown).outlineStyle !== "none" };
})()
"""
IS_FIRST = """
(element) => element === document.querySelector("a, button, input, select, textarea, [tabindex]")
"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def collection(stack: Stack, collection: str) -> str:
    """A collection with notes, a long document and one that failed."""
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    long = {"id": "unreadable", "title": "Long" + "g" * 300, "content": "unreadable " + "w" * 2000}
    chunked = {"id": "chunked", "content": "Ink that dried long ago is hard to lift. " * 80}
    stack.write(*notes(), long, chunked, collection=collection)
    stack.wait_until_embedded()
    stack.proxy.heal()
    return collection


@pytest.fixture
def page(open_page: Open) -> Page:
    page = open_page(path=ACTIVITY)
    expect(page.locator("#status-sentence")).to_have_text("All well")
    return page


@pytest.mark.parametrize("contents_page", PAGES, ids=lambda page: page.name)
def test_every_page_fits_and_is_accessible_on_every_screen(
    open_page: Open, contents_page: contents.Page
) -> None:
    name = contents_page.name
    page = open_page(QUERIES.get(name, ""), path=contents_page.path, reduced_motion="reduce")
    expect(page.locator("main")).to_contain_text(SHOWN.get(name, ""))
    expect(page.locator("#status-sentence")).to_have_text("All well")
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(WIDTH) <= size[0]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
    page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
    assert page.evaluate(WIDTH) <= ZOOMED[0]


@pytest.mark.parametrize("contents_page", PAGES, ids=lambda page: page.name)
def test_every_page_begins_with_a_link_that_skips_the_frame(
    open_page: Open, contents_page: contents.Page
) -> None:
    page = open_page(QUERIES.get(contents_page.name, ""), path=contents_page.path, live=False)
    expect(page.locator("#status-sentence")).to_have_text("All well")
    link = page.get_by_role("link", name="Skip to").first
    assert link.evaluate(IS_FIRST)
    link.focus()
    expect(link).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator(f"#{contents_page.start}")).to_be_focused()


@pytest.mark.parametrize("name", ["documents", "imports", "document", "activity", "models"])
def test_targets_are_wide_enough_for_a_finger(open_page: Open, name: str) -> None:
    query = "&new" if name == "document" else ""
    page = open_page(query, size=PHONE, path=f"/console/{name}", live=False)
    expect(page.locator("#status-sentence")).to_have_text("All well")
    assert page.evaluate(SMALL_TARGETS) == []


def test_the_way_through_the_page_of_keys_keeps_the_collection(page: Page, collection: str) -> None:
    for name in ("Access", "Documents"):
        link = page.locator("a.page-link", has_text=name)
        expect(link).to_have_attribute("href", re.compile(rf"\?collection={collection}$"))
        link.click()
        expect(page).to_have_url(re.compile(rf"\?collection={collection}$"))


def test_the_side_bar_shows_everything_on_a_low_screen(open_page: Open) -> None:
    page = open_page(size=LOW, path=ACTIVITY)
    for definition in PAGES:
        link = page.get_by_label("Pages").get_by_role("link", name=definition.label)
        if definition.link is not contents.Link.NONE:
            expect(link).to_be_in_viewport()
    expect(page.get_by_role("button", name="Theme")).to_be_in_viewport()
    expect(page.get_by_role("button", name="No keys yet")).to_be_in_viewport()


def test_the_menu_of_a_phone_has_what_the_side_bar_has(open_page: Open) -> None:
    page = open_page(size=PHONE, path=ACTIVITY)
    button = page.get_by_role("button", name="Menu", exact=True)
    models = page.get_by_role("link", name="Models")
    expect(models).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    for name in ("Models", "Access", "API", "Metrics", "Flower"):
        expect(page.get_by_role("link", name=name)).to_be_in_viewport()
    for name in ("Theme: auto", "No keys yet"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()
    assert page.evaluate(SMALL_TARGETS) == []
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    expect(models).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    models.click()
    expect(page.get_by_role("heading", name="Models", level=1)).to_be_visible()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is a collection?", "To create a collection"),
        ("What is the password of Flower?", "cat .inkdex/flower-password"),
    ],
    ids=["collection", "flower"],
)
def test_help_opens_by_keyboard_and_fits_the_screen(page: Page, question: str, answer: str) -> None:
    button = page.get_by_role("button", name=question)
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if not button.is_visible():
            page.get_by_role("button", name="Menu", exact=True).click()
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(answer)).to_be_visible()
        box = page.locator(".help:popover-open").bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0]
        assert 0 <= box["y"] <= box["y"] + box["height"] <= size[1]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.keyboard.press("Escape")
        expect(page.get_by_text(answer)).to_be_hidden()
        expect(button).to_be_focused()


@pytest.mark.parametrize("size", [DESK, LOW])
def test_help_fits_the_window_of_a_page_that_is_scrolled(
    open_page: Open, size: tuple[int, int]
) -> None:
    page = open_page(path="/console/models", size=size)
    expect(page.locator("#start")).to_be_visible()
    page.get_by_role("link", name="Skip to the migration").press("Enter")
    page.wait_for_function("scrollY > 0")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    box = page.locator("#migration-help").bounding_box()
    assert box
    assert 0 <= box["y"] <= box["y"] + box["height"] <= size[1]


def test_a_page_reports_a_lost_connection_and_catches_up(
    open_page: Open, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    page = open_page(path=DOCUMENTS)
    stack.write({"title": "Announced by an event", "content": "ink"}, collection=collection)
    expect(page.locator("main")).to_contain_text("Announced by an event")
    with page.expect_request(lambda request: "last-event-id" in request.headers):
        stack.api.kill()
    banner = page.locator("#connection")
    expect(banner).to_contain_text(
        re.compile(r"lost. Reconnecting. This page shows the state at \d")
    )
    expect(page.locator("#status-sentence")).to_have_text("The API cannot be reached")
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API answers again", log=stack.api.log)
    stack.write({"title": "Written after the outage", "content": "ink"}, collection=collection)
    expect(page.locator("main")).to_contain_text("Written after the outage")
    expect(page.locator("#status-sentence")).to_have_text("All well")
    expect(banner).to_be_empty()


def tab_to(page: Page, id_: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["outlined"], focused
        if focused["id"] == id_:
            return
    raise AssertionError(f"Tab does not reach {id_}")


def test_searching_works_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search query")).to_be_focused()
    page.keyboard.type("ink/dry")
    expect(page.get_by_label("Search query")).to_have_value("ink/dry")
    expect(page.get_by_label("Hits").locator(".hit").first).to_be_visible()


def test_tab_leads_through_the_frame_to_the_charts_and_shows_where_it_is(page: Page) -> None:
    page.locator(".plot").last.evaluate("(plot) => { plot.id = 'last-plot'; }")
    for id_ in ("theme", "collection", "last-plot"):
        tab_to(page, id_)


def test_the_first_press_changes_the_theme_and_it_survives_a_reload(page: Page) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Theme: auto").click()
    assert page.evaluate(colour) != light
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate(colour) != light
    page.get_by_role("button", name="Theme: dark").click()
    page.get_by_role("button", name="Theme: light").click()
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Theme: auto").click()
    assert page.evaluate(colour) == light


def test_the_key_for_searching_opens_a_field_and_no_key_is_lost(
    page: Page, collection: str
) -> None:
    page.keyboard.type("/copper nib")
    expect(page.get_by_label("Search query")).to_have_value("copper nib")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?collection={collection}&q=copper+nib")
    expect(page.get_by_label("Search query")).to_have_value("copper nib")


def test_the_field_of_the_key_closes_again_and_leads_to_the_search_without_words(
    page: Page,
) -> None:
    field = page.get_by_label("Search query")
    page.keyboard.type("/nib")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()
    page.keyboard.press("/")
    field.fill("")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?collection=*#query")
    expect(field).to_be_focused()


@pytest.mark.parametrize("key", ["z", "ArrowDown", "End"])
def test_no_key_chooses_another_collection_while_the_list_is_closed(
    open_page: Open, stack: Stack, collection: str, key: str
) -> None:
    stack.write({"id": "a", "content": "A nib"}, collection=f"z{collection}")
    page = open_page(path=DOCUMENTS)
    picker = page.locator("#collection")
    expect(picker).to_contain_text(f"z{collection}")
    picker.press(key)
    expect(picker).to_have_value(collection)
    assert picker.evaluate("picker => picker.matches(':open')")


def test_the_picker_has_the_collection_of_the_address_at_once(
    open_page: Open, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"

    def without_scripts(page: Page) -> None:
        page.route("**/*_page.js", lambda route: route.abort())

    page = open_page(path=DOCUMENTS, live=False, prepare=without_scripts)
    expect(page.locator("#collection")).to_have_value(collection)
    page.goto(page.url.replace(DOCUMENTS, "/console/document") + "&id=a")
    expect(page.locator("#collection")).to_be_hidden()


@pytest.mark.parametrize("contents_page", PAGES, ids=lambda page: page.name)
def test_reduced_motion_disables_all_motion(open_page: Open, contents_page: contents.Page) -> None:
    page = open_page(path=contents_page.path, live=False, reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_field_of_another_collection_shows_its_whole_hint(
    open_page: Open, size: tuple[int, int]
) -> None:
    page = open_page(size=size)
    page.get_by_label("Collection", exact=True).select_option("New or other collection…")
    room = page.get_by_label("Name of a new or existing collection").evaluate("""(field) => {
        const style = getComputedStyle(field);
        const brush = document.createElement("canvas").getContext("2d");
        brush.font = style.font;
        const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        return field.clientWidth - padding - brush.measureText(field.placeholder).width;
    }""")
    assert room >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    help_button = page.get_by_role("button", name="What is a collection?").bounding_box()
    assert help_button
    assert help_button["x"] + help_button["width"] <= size[0] - 16
