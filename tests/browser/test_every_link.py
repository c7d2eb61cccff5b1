"""Tests of all links and targets: they keep the collection, follow the eye, and fit a finger."""

from itertools import pairwise

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from api.pages import contents
from api.pages.contents import PAGES
from tests.browser import answers
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS
from tests.support import model_faults as faults
from tests.support.answer_server import AnswerServer

LINKS = """
[...document.querySelectorAll("a[href]")].filter((link) => !link.closest("[hidden]"))
    .map((link) => new URL(link.href))
    .filter(({ origin }) => origin === location.origin)
    .filter(({ pathname }) => /^[/](console|$)/.test(pathname))
    .map(({ href }) => href)
"""
QUERIES = {"search": "&q=ink", "document": "&id=chunked", "ask": "&q=zeppelin"}
"""What else is in the address of a page."""
SHOWN = {
    "search": "Details",
    "ask": "Search the documents",
    "documents": "broken.pdf",
    "document": "hard to lift",
    "imports": "could not be read",
    "models": "all-minilm",
    "activity": "broken.pdf",
    "access": "Make an operator",
}
"""What a page shows once it has read its data."""
IN_TOP_BAR = """
() => {
    const element = document.activeElement;
    return element.closest(".top-bar") && element.getBoundingClientRect().toJSON();
}
"""
TARGETS_OUTSIDE_TEXT = SMALL_TARGETS.replace(
    ".map((element) => [",
    ".filter((element) => !element.closest('.answer-text'))\n    .map((element) => [",
)
"""A reference in an answer is part of a sentence."""
REFERENCES = """
[...document.querySelectorAll(".answer-text button")]
    .map((button) => button.getBoundingClientRect())
    .filter(({ width, height }) => width < 24 || height < 24).length
"""


@pytest.fixture
def collection(stack: Stack, collection: str) -> str:
    """A collection with notes, a long document, one that failed and a file that failed."""
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    chunked = {"id": "chunked", "content": "Ink that dried long ago is hard to lift. " * 80}
    unreadable = {"id": "unreadable", "content": f"unreadable in {collection}"}
    stack.write(*notes(), chunked, unreadable, collection=collection)
    send_broken_file(stack, collection)
    stack.wait_until_embedded()
    stack.proxy.heal()
    return collection


def send_broken_file(stack: Stack, collection: str) -> None:
    httpx.post(
        f"{stack.url}/v1/files",
        params={"collection": collection},
        files={"file": ("broken.pdf", b"%PDF-1.4 broken")},
        trust_env=False,
    ).raise_for_status()


def collections_of_links(page: Page) -> set[str | None]:
    links = page.evaluate(LINKS)
    assert len(links) >= len(PAGES)
    return {httpx.URL(link).params.get("collection") for link in links}


@pytest.mark.parametrize("contents_page", PAGES, ids=lambda page: page.name)
def test_every_link_keeps_the_collection(
    open_page: Open, contents_page: contents.Page, collection: str
) -> None:
    query = QUERIES.get(contents_page.name, "")
    page = open_page(query, path=contents_page.path, live=False)
    expect(page.locator("main")).to_contain_text(SHOWN[contents_page.name])
    expect(page.locator("#identity-help a")).to_be_attached()
    expect(page.locator("#failed-things")).to_contain_text("could not be embedded")
    assert collections_of_links(page) == {collection}


def test_every_link_follows_the_choice_of_a_collection(
    open_page: Open, stack: Stack, collection: str
) -> None:
    other = f"{collection}-other"
    stack.write({"id": "a", "content": "Found elsewhere"}, collection=other)
    page = open_page(path="/console/documents")
    expect(page.locator("#identity-help a")).to_be_attached()
    page.get_by_label("Collection", exact=True).select_option(other)
    expect(page.locator("main")).to_contain_text("Found elsewhere")
    assert collections_of_links(page) == {other}
    page.get_by_label("Collection", exact=True).select_option("default")
    assert httpx.URL(page.url).params["collection"] == "default"


def test_a_link_keeps_the_collection_before_the_scripts_run(
    open_page: Open, collection: str
) -> None:
    page = open_page(size=PHONE, live=False, java_script_enabled=False)
    for name in ("Documents", "Imports", "Search"):
        page.get_by_label("Pages").get_by_role("link", name=name).click()
        assert httpx.URL(page.url).params["collection"] == collection
        assert page.locator("#collection").input_value() == collection


def boxes_by_tab(page: Page) -> list[dict[str, float]]:
    """Return where the controls in the top bar are, in the order of Tab."""
    found = []
    page.locator(".side-bar :is(a, button):visible").last.focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if box := page.evaluate(IN_TOP_BAR):
            found.append(box)
    return found


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("contents_page", PAGES, ids=lambda page: page.name)
def test_tab_goes_through_the_top_of_a_page_as_the_eye_does(
    open_page: Open, contents_page: contents.Page, size: tuple[int, int]
) -> None:
    query = QUERIES.get(contents_page.name, "")
    page = open_page(query, size=size, path=contents_page.path, live=False)
    expect(page.locator("#status-failed")).to_contain_text("failed")
    boxes = boxes_by_tab(page)
    assert len(boxes) >= (2 if contents_page.of_collection or size == PHONE else 1)
    for before, after in pairwise(boxes):
        is_below = after["top"] >= before["bottom"] - 1
        assert is_below or after["left"] >= before["right"] - 1
    top = page.locator(".top-bar").bounding_box()
    assert top
    assert top["height"] < (80 if size == DESK else 170)


@pytest.fixture
def phone(open_page: Open) -> Open:
    def open_on_phone(query: str = "", **options: object) -> Page:
        return open_page(query, size=PHONE, has_touch=True, is_mobile=True, **options)

    return open_on_phone


def expect_targets(page: Page, opened: Locator) -> None:
    expect(opened).to_be_visible()
    assert page.evaluate(TARGETS_OUTSIDE_TEXT) == []


def test_what_opens_on_a_phone_fits_a_finger(phone: Open) -> None:
    page = phone("&q=hard+to+lift", live=False)
    hit = page.locator(".hit").filter(has_text="Ink that dried").first
    hit.get_by_role("button", name="Details").click()
    expect_targets(page, hit.get_by_role("link", name="characters"))
    page.locator("#status summary").click()
    expect_targets(page, page.get_by_role("link", name="See why"))


def test_a_cited_passage_fits_a_finger(
    phone: Open, stack: Stack, collection: str, server: AnswerServer
) -> None:
    stack.write(answers.DOCUMENT, collection=collection)
    server.script = answers.complete(collection)
    page = phone(path="/console/ask", prepare=lambda page: answers.redirect(page, server))
    turn = answers.ask(page)
    expect(turn.locator(".measurements")).to_be_visible()
    assert page.evaluate(REFERENCES) == 0
    turn.locator(".reference").click()
    expect_targets(page, page.get_by_role("link", name="Open the document"))


def test_the_choice_of_where_to_search_is_whole_on_a_phone(phone: Open) -> None:
    page = phone('&q=ink&filter={"topic":{"eq":"ink"}}', live=False)
    expect(page.get_by_role("button", name="Filter (1)")).to_be_visible()
    room = page.locator("#scope").evaluate("""(select) => {
        const copy = select.cloneNode(true);
        copy.style.cssText = "flex: none; width: max-content; position: absolute;";
        select.parentElement.append(copy);
        const room = select.offsetWidth - copy.offsetWidth;
        copy.remove();
        return room;
    }""")
    assert room >= 0
    tops = [page.locator(f"#{id_}").bounding_box() for id_ in ("scope", "filter-toggle")]
    assert len({box["y"] for box in tops if box}) == 1


@pytest.mark.parametrize("name", ["imports", "documents", "activity"])
def test_the_line_of_status_says_what_failed(open_page: Open, collection: str, name: str) -> None:
    page = open_page(path=f"/console/{name}")
    expect(page.locator("#status-sentence")).to_have_text("All well")
    expect(page.locator("#status-failed")).to_contain_text("failed")
    page.locator("#status summary").click()
    failures = page.get_by_role("list", name="Failures")
    expect(failures).to_contain_text(f"1 file of {collection} could not be read.")
    failures.get_by_role("link", name="See which").click()
    expect(page.get_by_role("radio", name="Failed")).to_be_checked()
    page.locator("#status summary").click()
    page.get_by_role("link", name="See why").click()
    expect(page.get_by_label("Reasons")).to_contain_text("The model server rejects this text.")
