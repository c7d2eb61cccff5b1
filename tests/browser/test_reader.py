"""Tests of reading a document: its passage, its panel, its changes, and the way between hits."""

import json
import re
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.access import Keys, sign_in
from tests.browser.confirming import delete_at_last
from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.reading import PATH, Read, answer_timeline, delete, query_of
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS
from tests.support import model_faults as faults
from tests.support.processes import eventually

UNDERLINED = """() => [...CSS.highlights.get("query-words")].map(
    (range) => range.startContainer.data.slice(range.startOffset, range.endOffset))
"""
IS_UNDERLINED = "() => CSS.highlights.get('query-words')?.size > 0"
NOTES = """# Drying ink

Ink dries in **seconds** on paper that drinks, \U0001f58b and in minutes on coated paper.

- Laid paper
- Coated paper

> A quote.
"""


@pytest.fixture
def read(open_page: Open, stack: Stack, collection: str) -> Read:
    """Write a document and open its page."""

    def read(
        document: dict[str, Any],
        timeline: dict[str, Any] | None = None,
        *,
        wait: bool = True,
        **options: int,
    ) -> Page:
        stack.write(document, collection=collection)
        if wait:
            stack.wait_until_embedded()
        return open_page(
            path=PATH,
            query=query_of(document["id"], **options),
            prepare=lambda page: answer_timeline(page, timeline) if timeline else None,
        )

    return read


def test_a_phone_shows_the_whole_title_and_chunks_that_fingers_hit(read: Read) -> None:
    title = "The drying of iron gall ink on coated, laid and wove paper in damp rooms " * 4
    page = read({"id": "long", "title": title, "content": "Ink dries on laid paper. " * 400})
    heading, links = page.locator("#page-title"), page.locator("#chunk-list a")
    expect(heading).to_contain_text("damp rooms")
    page.locator("#chunks summary").click()
    expect(links.nth(1)).to_be_visible()
    for width, height, least in ((*PHONE, 44), (*DESK, 40)):
        page.set_viewport_size({"width": width, "height": height})
        assert heading.evaluate("(it) => it.scrollHeight <= it.clientHeight + 1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        heights = links.evaluate_all("(all) => all.map((it) => it.getBoundingClientRect().height)")
        assert min(heights) >= least


def panel_of(page: Page) -> Locator:
    return page.get_by_label("About this document")


def test_a_document_is_shown_with_what_is_known_of_it(
    read: Read, stack: Stack, collection: str
) -> None:
    metadata = {"lang": "en", "source": "wiki", "year": 2026, "large": 12345678901234567890}
    metadata |= {"tags": ["plants, winter", "pots"]}
    page = read({"id": "ink.md", "title": "Drying ink", "content": NOTES, "metadata": metadata})
    expect(page.get_by_role("heading", level=1)).to_have_text("Drying ink")
    expect(page).to_have_title("Drying ink · Inkdex")
    expect(page.get_by_role("heading", name="Drying ink")).to_have_count(1)
    expect(page.locator("#document-text strong")).to_have_text("seconds")
    panel = panel_of(page)
    expect(panel).to_contain_text(re.compile(r"ready\s*[\d.]+\sm?s after it was written"))
    for row in ("Idink.md", "Version1", "Chunks1", "Modelall-minilm", "Sourcewiki", "year2026"):
        expect(panel).to_contain_text(row)
    expect(panel).to_contain_text("12345678901234567890")
    expect(panel.locator(".values li")).to_have_text(["plants, winter", "pots"])
    expect(panel).to_contain_text(re.compile("Timeline.*Created.*all-minilm", re.DOTALL))
    expect(page.get_by_role("link", name="Documents", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    stack.write({"id": "pen", "content": "A pen writes with ink."}, collection=collection)
    stack.wait_until_embedded()
    page.get_by_text("Similar documents").click()
    page.get_by_role("link", name="pen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("pen")


def test_the_passage_of_the_address_is_marked_and_focused(read: Read) -> None:
    start = NOTES.index("and in minutes")
    document = {"id": "ink", "content": NOTES}
    page = read(document, start=start, end=start + len("and in minutes"), version=1)
    mark = page.locator("#document-text mark")
    expect(mark).to_have_text("and in minutes")
    expect(mark).to_be_focused()
    expect(mark).to_be_in_viewport()
    expect(mark).to_have_css("outline-style", "solid")
    page.get_by_label("As written").check(force=True)
    expect(mark).to_have_text("and in minutes")
    expect(page.locator("#document-text")).to_contain_text("**seconds**")
    page.reload()
    expect(page.get_by_label("As written")).to_be_checked()
    expect(mark).to_have_text("and in minutes")


def test_edit_and_delete_are_the_first_after_the_link_that_skips_the_frame(read: Read) -> None:
    page = read({"id": "ink", "content": NOTES})
    page.locator("body").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#page-title")).to_be_focused()
    for name in ("Edit", "Copy link", "Delete"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.get_by_role("button", name="Edit").press("Enter")
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()


def test_a_press_on_a_chunk_marks_it_in_the_text(read: Read) -> None:
    text = " ".join(f"🖋 Line {number} says how long ink takes to dry." for number in range(300))
    page = read({"id": "long", "content": text})
    page.locator("#chunks summary").click()
    links = page.locator("#chunk-list a")
    expect(links.first).to_have_text(re.compile("^🖋 Line 0 says.*…$"))
    for number in (1, 0):
        beginning = links.nth(number).inner_text().removesuffix("…")
        links.nth(number).press("Enter")
        mark = page.locator("#document-text mark").first
        expect(mark).to_have_text(re.compile(f"^{re.escape(beginning)}"))
        expect(mark).to_be_focused()
    expect(page).to_have_url(re.compile(r"start=0&end=\d+&version=1"))


def test_a_passage_of_a_former_version_is_told(read: Read, stack: Stack, collection: str) -> None:
    document = {"id": "ink", "content": NOTES}
    stack.write(document, collection=collection)
    page = read({"id": "ink", "content": "Short."}, start=20, end=30, version=1)
    notice = page.locator("#passage-note")
    expect(notice).to_contain_text("it was version 1, and now it is 2")
    expect(notice).to_contain_text("not in the text any more")


def test_a_document_that_does_not_exist_is_told(open_page: Open, page_errors: PageErrors) -> None:
    page_errors.ignored = "404"
    page = open_page(path=PATH, query=query_of("nowhere"))
    expect(page.get_by_text("There is no document “nowhere”")).to_be_visible()
    expect(page).to_have_title("Document not found · Inkdex")
    expect(page.get_by_role("link", name="Back to documents")).to_be_visible()


def test_changes_by_others_are_offered_and_deletions_told(
    read: Read, stack: Stack, collection: str
) -> None:
    page = read({"id": "ink", "content": "First."})
    expect(page.locator("#document-text")).to_have_text("First.")
    stack.write({"id": "ink", "content": "Second."}, collection=collection)
    notice = page.locator("#reader-notice")
    expect(notice).to_contain_text("Version 2 was written meanwhile.")
    expect(page.locator("#document-text")).to_have_text("First.")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#document-text")).to_have_text("Second.")
    expect(notice).to_be_empty()
    delete(stack, "ink", collection)
    expect(notice).to_contain_text("This document was deleted.")


def test_a_key_that_only_reads_gets_no_form(open_page: Open, keys: Keys, collection: str) -> None:
    keys.write({"id": "ink", "content": "First."}, collection=collection)
    page = open_page(path=PATH, query=query_of("ink", edit=1), live=False)
    sign_in(page, keys.make("documents.read")["key"])
    expect(page.locator("#document-text")).to_have_text("First.")
    expect(page.locator("#content")).to_be_hidden()
    page.goto(page.url.replace("id=ink", "new"))
    expect(page.get_by_text("Your key cannot write documents")).to_be_visible()


def test_a_double_click_or_a_held_key_does_not_confirm_a_deletion(read: Read) -> None:
    page = read({"id": "dear", "content": "Not to be lost."})
    deleted = delete_at_last(page, page.get_by_role("button", name="Delete"), "Delete dear?")
    expect(page.get_by_text("You deleted this document.")).to_be_visible()
    expect(page.get_by_role("link", name="Back to documents")).to_be_focused()
    assert len(deleted) == 1


def test_a_failed_document_says_why_and_can_be_retried(
    read: Read, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    page = read({"id": "luck", "content": f"illegible {collection}"}, wait=False)
    panel = panel_of(page)
    expect(panel).to_contain_text("can't embed this text: no known tokens. (2 attempts)")
    retry = page.get_by_role("button", name="Retry")
    page.route("**/retry?*", lambda route: route.fulfill(status=503, json={"detail": "Busy now."}))
    retry.click()
    expect(panel.get_by_role("alert")).to_have_text("Busy now.")
    page.unroute("**/retry?*")
    stack.proxy.heal()
    retry.press("Enter")
    expect(panel).to_contain_text("ready")
    expect(retry).to_be_hidden()
    expect(page.locator("#status-heading")).to_be_focused()


def test_the_timeline_of_a_document_is_told_in_words(read: Read) -> None:
    def event(at: str, kind: str, **fields: str) -> dict[str, Any]:
        nothing: dict[str, Any] = {"version": 1, "model": None, "detail": None}
        return nothing | {"at": f"2026-11-28T17:00:{at}Z", "kind": kind} | fields

    model = {"model": "all-minilm", "role": "active", "status": "pending", "queued_at": None}
    timeline = {
        "events": [
            event("00.000", "created"),
            event("00.000", "text_written"),
            event("00.250", "failed", model="all-minilm", detail="The text is rejected."),
            event("02.250", "surprise_of_tomorrow"),
            event("02.500", "embedded", model="all-minilm"),
        ],
        "models": [model | {"claimed": True, "attempts": 2, "error": None}],
    }
    page = read({"id": "ink", "content": NOTES}, timeline)
    events = page.locator("#events li")
    expect(events).to_have_count(5)
    expect(events.nth(0)).to_contain_text("Created")
    expect(events.nth(1)).to_contain_text("at once")
    expect(events.nth(2)).to_contain_text("The text is rejected.")
    expect(events.nth(3)).to_contain_text("surprise of tomorrow")
    expect(events.nth(4)).to_contain_text(re.compile(r"Ready, by all-minilm\s*250\sms later"))
    expect(page.locator("#document-models")).to_contain_text("a worker has it now, 2 attempts")


def test_j_and_k_lead_to_the_next_and_the_previous_hit(
    read: Read, stack: Stack, collection: str
) -> None:
    stack.write({"id": "pen", "content": "A pen writes."}, collection=collection)
    page = read({"id": "ink", "content": NOTES})
    expect(page.get_by_role("link", name="Back to documents")).to_be_visible()
    hits = [{"collection": collection, "id": "ink", "start": 0, "end": 4, "version": 1}]
    hits.append({"collection": collection, "id": "pen", "start": 2, "end": 5, "version": 1})
    kept = json.dumps({"back": f"/?collection={collection}&q=pen", "hits": hits})
    page.evaluate("(kept) => sessionStorage.setItem('inkdex-hits', kept)", kept)
    page.reload()
    expect(page.get_by_text("Hit 1 of 2")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_text("Hit 2 of 2")).to_be_visible()
    expect(page.locator("mark")).to_have_text("pen")
    page.keyboard.press("k")
    expect(page.get_by_text("Hit 1 of 2")).to_be_visible()
    page.get_by_role("link", name="Next hit").click()
    expect(page.get_by_text("Hit 2 of 2")).to_be_visible()
    page.get_by_role("link", name="Back to the hits").click()
    expect(page).to_have_url(re.compile(r"/\?collection=.*&q=pen"))


def test_the_way_back_leads_to_the_hit_that_was_read_last(
    open_page: Open, stack: Stack, collection: str
) -> None:
    notes = [{"id": f"ink-{n}", "content": f"Ink {n} dries slowly."} for n in range(10)]
    stack.write(*notes, collection=collection)
    stack.wait_until_embedded()
    page = open_page("&q=ink")
    hits = page.get_by_label("Hits").get_by_role("listitem")
    expect(hits).to_have_count(10)
    last = hits.nth(9).get_by_role("link").first
    name = last.inner_text()
    hits.first.get_by_role("link").first.click()
    for number in range(1, 10):
        expect(page.get_by_text(f"Hit {number} of 10")).to_be_visible()
        page.keyboard.press("j")
    expect(page.get_by_text("Hit 10 of 10")).to_be_visible()
    page.get_by_role("link", name="Back to the hits").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("link", name="Back to documents")).to_be_visible()


def test_the_words_of_the_search_are_underlined(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write(
        {"id": "en", "content": "<b>Ink</b> dries.\n\n- An inkwell.\n- (ink) of C++"},
        {"id": "zh", "content": "我买了墨水和纸。"},
        collection=collection,
    )
    stack.wait_until_embedded()
    for query, words in (("ink C++", ["Ink", "ink", "C"]), ("墨水", ["墨水"])):
        page = open_page(f"&q={quote(query)}")
        page.get_by_label("Hits").get_by_role("link").first.click()
        expect(page.get_by_text("Hit 1 of")).to_be_visible()
        eventually(partial(page.evaluate, IS_UNDERLINED), "words are underlined", 15)
        assert page.evaluate(UNDERLINED) == words


def test_a_foreign_address_is_no_way_back(read: Read, collection: str) -> None:
    page = read({"id": "ink", "content": NOTES})
    kept = {"back": "//example.com", "hits": [{"collection": collection, "id": "ink"}]}
    page.evaluate("(kept) => sessionStorage.setItem('inkdex-hits', kept)", json.dumps(kept))
    page.reload()
    expect(page.get_by_role("link", name="Back to the hits")).to_have_attribute("href", "/")


def test_the_link_to_a_passage_is_copied(read: Read, collection: str) -> None:
    page = read({"id": "a/b", "content": NOTES}, start=2, end=5)
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("window.copied")
    assert copied.endswith(f"{PATH}?collection={collection}&id=a%2Fb&start=2&end=5")


def test_the_reader_fits_and_is_accessible_on_every_screen(read: Read) -> None:
    document = {
        "id": "ink",
        "title": "Long " + "g" * 300,
        "content": f"{NOTES}\n| a | b |\n|---|---|\n| {'w' * 300} | c |\n\n{'w' * 3000}",
        "metadata": {"n" * 100: "v" * 400},
    }
    page = read(document, start=20, end=30, version=9)
    expect(page.locator("mark").first).to_be_visible()
    page.emulate_media(reduced_motion="reduce")
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}
    assert page.evaluate(SMALL_TARGETS) == []
