"""The page itself: lost connections, keyboards, small screens, colours, screen readers."""

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open, Watch
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
    .filter((it) => it.checkVisibility() && !it.closest(".visually-hidden, .skip"))
    .map((it) => (it.type === "radio" ? it.closest("label") : it))
    .map((it) => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.5 || box.width < 24)
    .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)
"""
FOCUSED = """
(() => {
    const it = document.activeElement;
    const shown = it.type === "radio" ? it.nextElementSibling : it;
    return { id: it.id, outlined: getComputedStyle(shown).outlineStyle !== "none" };
})()
"""


@pytest.fixture
def busy_page(open_page: Open, stack: Stack, collection: str) -> Page:
    """A page that shows all there is to show: hits, a filter, a failure, a receipt."""
    stack.proxy.fault = faults.only_with(
        "unreadable", faults.status(400, "no token of it is known")
    )
    long = {"id": "unreadable", "title": "Long" + "g" * 300, "content": "unreadable " + "w" * 2000}
    chunked = {"id": "chunked", "content": "Ink that dried long ago is hard to lift. " * 80}
    stack.write(*notes(), long, chunked, collection=collection)
    stack.settled()
    page = open_page("&q=ink")
    expect(page.get_by_label("Hits").locator(".hit").first).to_be_visible()
    expect(page.get_by_text("rejected_by_model").first).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    page.get_by_text("How hits are ranked").click()
    page.get_by_text("The nearest of its").first.click()
    expect(page.get_by_label("Nearest chunk")).to_be_visible()
    page.locator("#files").set_input_files(
        {"name": "notes.jsonl", "mimeType": "", "buffer": b'{"content": "Ink."}\n{broken\n'}
    )
    expect(page.get_by_label("Rejected")).to_contain_text("notes.jsonl, line 2")
    page.get_by_text("Id and metadata").click()
    page.get_by_label("Text").fill("Just written.")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Written just now")).to_contain_text("Ready")
    page.emulate_media(reduced_motion="reduce")  # colours in between would be measured
    return page


def test_it_fits_and_is_accessible_on_every_screen(busy_page: Page) -> None:
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
        ("What is a collection?", "Its first document makes it"),
        (re.compile("What is Flower.s password"), "cat .inkdex/flower-password"),
    ],
)
def test_questions_are_answered_by_keyboard_and_beside_them(
    page: Page, question: str | re.Pattern[str], answer: str
) -> None:
    ask = page.get_by_role("button", name=question)
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        ask.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text(answer)).to_be_visible()
        box = page.locator(".answer:popover-open").bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0]
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("Escape")
        expect(page.get_by_text(answer)).to_be_hidden()
        expect(ask).to_be_focused()


def test_a_lost_connection_is_told_survived_and_caught_up(
    page: Page, stack: Stack, collection: str, watch: Watch
) -> None:
    watch.forgiven = "Failed to load resource"
    rows = page.get_by_label("Documents, newest first").get_by_role("listitem")
    for number in (1, 2):  # the second can only have come by an event
        stack.write({"content": "heard of"}, collection=collection)
        expect(rows).to_have_count(number)
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    page.get_by_label("Text").fill("Ready while nobody listened")
    page.get_by_label("Text").press("Control+Enter")
    receipts = page.get_by_label("Written just now")
    expect(receipts).to_contain_text("Pending")
    page.get_by_label("Text").fill("Written while it was gone")
    with page.expect_request(lambda request: "last-event-id" in request.headers):
        stack.api.kill()
    stack.proxy.heal()
    banner = page.locator("#connection")
    expect(banner).to_contain_text(re.compile(r"lost, retrying. What you see is as of \d"))
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_text(re.compile("The API can.t be reached")).first).to_be_visible()
    expect(page.get_by_label("Text")).to_have_value("Written while it was gone")
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API is back", log=stack.api.log)
    expect(banner).to_contain_text("Connected again")
    expect(receipts).to_contain_text("Ready")
    page.get_by_label("Text").press("Control+Enter")
    expect(rows).to_have_count(4)
    expect(banner).to_be_empty()


def test_redis_gone_is_seen_and_so_is_its_return(page: Page, stack: Stack) -> None:
    stack.broker.kill()
    expect(page.get_by_text("Redis down")).to_be_visible()
    expect(page.get_by_label("What is wrong")).to_contain_text("Writes are as fast as ever")
    page.get_by_label("Text").fill("Without a broker")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.get_by_label("Written just now")).to_contain_text("Ready")
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
    raise AssertionError(f"no Tab leads to {id_}")


def test_the_keyboard_alone_writes_and_searches(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to search")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("What to search for")).to_be_focused()
    tab_to(page, "content")
    page.keyboard.type("Typed without a mouse")
    tab_to(page, "submit")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Written just now")).to_contain_text("Ready")
    page.locator("#submit").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("What to search for")).to_be_focused()
    page.keyboard.type("mouse/less")
    expect(page.get_by_label("What to search for")).to_have_value("mouse/less")
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)


def test_focus_stays_in_the_list_while_it_changes(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write({"id": "a", "content": "first"}, collection=collection)
    page.get_by_role("button", name="Edit a", exact=True).focus()
    stack.write({"id": "b", "content": "second"}, collection=collection)
    expect(page.get_by_role("button", name="Edit b", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Edit a", exact=True)).to_be_focused()


def test_the_theme_is_kept(page: Page) -> None:
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_page_without_motion_has_none(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    durations = "[...document.querySelectorAll('*')].map((it) => getComputedStyle(it))"
    moving = (
        f"{durations}.filter((it) => it.transitionDuration !== '0s' || it.animationName !== 'none')"
    )
    assert page.evaluate(f"{moving}.length") == 0
