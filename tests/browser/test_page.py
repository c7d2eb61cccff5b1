"""Tests of the whole page: lost connections, keyboard, small screens, colours, screen readers."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.processes import answers, eventually

SCREENS: list[tuple[tuple[int, int], Literal["light", "dark"]]] = [
    (DESK, "light"),
    (DESK, "dark"),
    (PHONE, "dark"),
    (PHONE, "light"),
]
SMALL_TARGETS = """
[...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !element.closest(".visually-hidden, .skip-link"))
    .map((element) => (/radio|checkbox/.test(element.type) ? element.closest("label") : element))
    .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 24)
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


@pytest.fixture
def busy_page(open_page: Open, stack: Stack, collection: str) -> Page:
    """A page with hits, a filter, a failure, an import and a recent write."""
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    long = {"id": "unreadable", "title": "Long" + "g" * 300, "content": "unreadable " + "w" * 2000}
    chunked = {"id": "chunked", "content": "Ink that dried long ago is hard to lift. " * 80}
    stack.write(*notes(), long, chunked, collection=collection)
    stack.wait_until_embedded()
    page = open_page("&q=ink")
    expect(page.get_by_label("Hits").locator(".hit").first).to_be_visible()
    expect(page.get_by_text("rejected_by_model").first).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    page.get_by_text("How hits are ranked").click()
    page.get_by_text("Nearest of").first.click()
    expect(page.get_by_label("Nearest chunk")).to_be_visible()
    page.locator("#files").set_input_files(
        {"name": "notes.jsonl", "mimeType": "", "buffer": b'{"content": "Ink."}\n{broken\n'}
    )
    expect(page.get_by_label("Rejected documents")).to_contain_text("notes.jsonl, line 2")
    page.get_by_text("Id and metadata").click()
    page.get_by_label("Text").fill("Just written.")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Recent writes")).to_contain_text("Ready")
    page.emulate_media(
        reduced_motion="reduce"
    )  # otherwise colours are measured in the middle of a transition
    return page


def test_the_page_fits_and_is_accessible_on_every_screen(busy_page: Page) -> None:
    page, axe = busy_page, Axe()
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is a collection?", "To create a collection"),
        (re.compile("What is the password of Flower"), "cat .inkdex/flower-password"),
    ],
)
def test_help_opens_by_keyboard_and_fits_the_screen(
    page: Page, question: str | re.Pattern[str], answer: str
) -> None:
    button = page.get_by_role("button", name=question)
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(answer)).to_be_visible()
        box = page.locator(".help:popover-open").bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0]
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("Escape")
        expect(page.get_by_text(answer)).to_be_hidden()
        expect(button).to_be_focused()


def test_the_page_reports_a_lost_connection_and_catches_up(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    rows = page.get_by_label("Documents, newest first").get_by_role("listitem")
    for number in (1, 2):  # the second one appears because of an event
        stack.write({"content": "announced by an event"}, collection=collection)
        expect(rows).to_have_count(number)
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    page.get_by_label("Text").fill("Ready while disconnected")
    page.get_by_label("Text").press("Control+Enter")
    writes = page.get_by_label("Recent writes")
    expect(writes).to_contain_text("Pending")
    page.get_by_label("Text").fill("Written during the outage")
    with page.expect_request(lambda request: "last-event-id" in request.headers):
        stack.api.kill()
    stack.proxy.heal()
    banner = page.locator("#connection")
    expect(banner).to_contain_text(
        re.compile(r"lost. Reconnecting. This page shows the state at \d")
    )
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_text(re.compile("The API cannot be reached")).first).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("Written during the outage")
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API answers again", log=stack.api.log)
    expect(banner).to_contain_text("Reconnected")
    expect(writes).to_contain_text("Ready")
    page.get_by_label("Text").press("Control+Enter")
    expect(rows).to_have_count(4)
    expect(banner).to_be_empty()


def test_the_page_reports_an_outage_of_redis_and_its_end(page: Page, stack: Stack) -> None:
    stack.broker.kill()
    expect(page.get_by_text("Redis down")).to_be_visible()
    expect(page.get_by_label("Problems")).to_contain_text("Writes are not slower")
    page.get_by_label("Text").fill("Without a broker")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Recent writes")).to_contain_text("Ready")
    assert Axe().run(page).violations_count == 0
    stack.broker.start()
    expect(page.get_by_text("Redis answers")).to_be_visible()


def tab_to(page: Page, id_: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["outlined"], focused
        if focused["id"] == id_:
            return
    raise AssertionError(f"Tab does not reach {id_}")


def test_writing_and_searching_work_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search query")).to_be_focused()
    tab_to(page, "content")
    page.keyboard.type("Typed without a mouse")
    tab_to(page, "submit")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Recent writes")).to_contain_text("Ready")
    page.locator("#submit").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Search query")).to_be_focused()
    page.keyboard.type("mouse/less")
    expect(page.get_by_label("Search query")).to_have_value("mouse/less")
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)


def test_focus_stays_in_the_list_while_it_changes(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write({"id": "a", "content": "first"}, collection=collection)
    page.get_by_role("button", name="Edit a", exact=True).focus()
    stack.write({"id": "b", "content": "second"}, collection=collection)
    expect(page.get_by_role("button", name="Edit b", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Edit a", exact=True)).to_be_focused()


def test_the_theme_survives_a_reload(page: Page) -> None:
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_reduced_motion_disables_all_motion(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
