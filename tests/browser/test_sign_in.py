"""Tests of signing in: which keys are accepted, what a key hides, and what happens when it ends."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from shared.domain.access import patterns
from shared.domain.access.keys import new_key
from tests.browser.access import Keys, first_key, forget, sign_in
from tests.browser.conftest import Open, PageErrors
from tests.browser.document_list import PATH, rows
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS

STORED = "Object.values(localStorage).concat(document.cookie, location.href).join()"
OF_NOBODY = {"inkdex-problems", "inkdex-session"}
"""Since when a part is unwell, and a random number. Without a key, too, the page may keep them."""


@pytest.fixture
def locked(open_page: Open, keys: Keys) -> Page:  # noqa: ARG001 - a key must exist
    """The console of a user who has not signed in."""
    return open_page(live=False)


@pytest.fixture
def locked_documents(open_page: Open, keys: Keys) -> Page:  # noqa: ARG001 - a key must exist
    """The list of documents, of a user who has not signed in."""
    return open_page(path=PATH, live=False)


@pytest.fixture
def locked_editor(open_page: Open, keys: Keys) -> Page:  # noqa: ARG001 - a key must exist
    """The form for a new document, of a user who has not signed in."""
    return open_page("&new", path="/console/document", live=False)


def expect_live_updates(page: Page, state: str = "on") -> None:
    expect(page.locator("#components")).to_contain_text(f"Live updates {state}")


def form(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Sign in")


def who(page: Page, name: str) -> Locator:
    return page.locator(".side-bar").get_by_role("button", name=name)


def kept_names(page: Page) -> set[str]:
    return set(page.evaluate("Object.keys(sessionStorage)"))


def without_stream(page: Page) -> None:
    """Let no event tell the page that its key has ended."""
    page.route("**/v1/events", lambda route: route.abort())


def pause(page: Page) -> None:
    """Let the page poll no more."""
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    page.wait_for_timeout(1000)  # the last poll is answered


def test_a_key_opens_the_page_until_the_user_signs_out(
    locked_documents: Page, keys: Keys, collection: str
) -> None:
    page = locked_documents
    keys.write({"id": "kept", "content": "kept behind a lock"}, collection=collection)
    expect(form(page)).to_contain_text("This page needs a key.")
    expect(rows(page)).to_have_count(0)
    sign_in(page, f" {keys.admin}\n")
    expect(rows(page)).to_contain_text("kept")
    expect_live_updates(page)
    who(page, "admin").click()
    expect(page.locator("#identity-help")).to_contain_text("Everything, as an operator")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Models").click()
    expect(who(page, "admin")).to_be_visible()
    assert kept_names(page) <= {"inkdex-key", "inkdex-list"} | OF_NOBODY
    assert keys.admin not in page.evaluate(STORED)
    who(page, "Sign out").click()
    expect(form(page)).to_be_visible()
    assert kept_names(page) <= OF_NOBODY
    page.go_back()
    expect(form(page)).to_be_visible()
    expect(rows(page)).to_have_count(0)


def test_signing_out_forgets_the_search(locked: Page, keys: Keys, collection: str) -> None:
    page = locked
    keys.write({"id": "kept", "content": "kept behind a lock"}, collection=collection)
    sign_in(page, keys.admin)
    page.get_by_label("Search query").fill("lock")
    expect(page.get_by_label("Hits").locator(".hit")).to_have_count(1)
    who(page, "Sign out").click()
    expect(form(page)).to_be_visible()
    assert kept_names(page) <= OF_NOBODY


def test_without_storage_the_key_is_kept_in_memory(open_page: Open, keys: Keys) -> None:
    blocked = "Object.defineProperty(window, 'sessionStorage', {get() { throw Error() }})"
    page = open_page(live=False, prepare=lambda page: page.add_init_script(blocked))
    sign_in(page, keys.admin)
    expect_live_updates(page)
    assert keys.admin not in page.evaluate(STORED)
    page.reload()
    expect(form(page)).to_be_visible()


def test_a_refused_key_says_why(locked: Page, keys: Keys) -> None:
    page = locked
    expired, revoked = keys.make("search"), keys.make("search")
    keys.end(expired)
    keys.revoke(revoked)
    field = form(page).get_by_label("Key", exact=True)
    for wrong, why in (
        ("ink_typed by hand", "no spaces"),
        ("schlüssel", "letters with accents"),
        (new_key().text, "not valid"),
        (revoked["key"], "revoked"),
        (expired["key"], "expired"),
    ):
        field.fill(wrong)
        field.press("Enter")
        expect(form(page).get_by_role("alert")).to_contain_text(why)
        expect(field).to_have_attribute("type", "password")
    assert kept_names(page) <= OF_NOBODY
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(form(page)).to_be_visible()
    form(page).get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    sign_in(page, keys.admin)
    expect_live_updates(page)


def type_with(page: Page, key: str, text: str) -> None:
    """Sign in to the editor, and type what is not saved."""
    sign_in(page, key)
    expect_live_updates(page)
    page.get_by_label("Text").fill(text)


def test_a_revoked_key_ends_the_stream_and_another_one_goes_on(
    locked_editor: Page, keys: Keys, collection: str
) -> None:
    page = locked_editor
    first, second = keys.make(), keys.make()
    type_with(page, first["key"], "Typed before the key was revoked")
    # Nothing but the stream tells the page.
    page.route(re.compile("/v1/stats|/readyz"), lambda route: route.fulfill(json={}))
    keys.revoke(first)
    expect(form(page)).to_contain_text("revoked")
    page.unroute_all()
    sign_in(page, second["key"])
    expect_live_updates(page)
    expect(page.get_by_label("Text")).to_have_value("Typed before the key was revoked")
    page.get_by_label("Text").press("Control+Enter")
    expect(page.locator("#page-title")).to_be_visible()
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(rows(page)).to_have_count(1)
    expect_live_updates(page)
    keys.write({"id": "announced", "content": "by an event"}, collection=collection)
    expect(rows(page)).to_have_count(2)


def test_a_request_with_an_expired_key_is_sent_again(open_page: Open, keys: Keys) -> None:
    page = open_page("&new", path="/console/document", live=False, prepare=without_stream)
    first, second = keys.make(), keys.make()
    sign_in(page, first["key"])
    expect(page.locator("#components")).to_contain_text("Worker 1 running")
    pause(page)
    keys.end(first)
    page.get_by_label("Text").fill("Written with the second key")
    page.get_by_label("Text").press("Control+Enter")
    expect(form(page)).to_contain_text("expired")
    sign_in(page, second["key"])
    expect(page.locator("#document-text")).to_contain_text("Written with the second key")


def test_a_key_with_other_rights_starts_the_page_anew(
    locked_documents: Page, keys: Keys, collection: str
) -> None:
    page = locked_documents
    keys.write({"id": "confidential", "content": "not for everybody"}, collection=collection)
    first, second = keys.make(), keys.make("search")
    sign_in(page, first["key"])
    expect(rows(page)).to_contain_text("confidential")
    keys.revoke(first)
    expect(form(page)).to_be_visible()
    with page.expect_navigation():
        sign_in(page, second["key"])
    expect(page.get_by_text(re.compile("does not allow you to read documents"))).to_be_visible()
    assert "confidential" not in page.content()


def test_a_page_that_knows_no_caller_forgets_what_another_key_left(
    locked_editor: Page, keys: Keys
) -> None:
    page = locked_editor
    first, second = keys.make(), keys.make()
    type_with(page, first["key"], "Typed with the first key")
    keys.revoke(first)
    page.reload()
    expect(form(page)).to_be_visible()
    with page.expect_navigation():
        sign_in(page, second["key"])
    expect_live_updates(page)
    expect(page.get_by_label("Text")).to_have_value("")
    assert kept_names(page) <= {"inkdex-key"} | OF_NOBODY


def test_a_key_that_may_only_search_sees_only_the_search(
    locked: Page, keys: Keys, collection: str, page_errors: PageErrors
) -> None:
    page = locked
    keys.write({"title": "Found", "content": "ink dries"}, collection=collection)
    limited = keys.make("search", collections=(collection,))
    page_errors.ignored = "401"
    sign_in(page, limited["key"])
    page_errors.ignored = r"(?!)"
    page.get_by_label("Search query").fill("ink")
    expect(page.get_by_label("Hits")).to_contain_text("Found")
    links = page.get_by_label("Pages", exact=True).get_by_role("link")
    assert links.all_inner_texts() == ["Search"]
    expect(page.get_by_role("link", name="Metrics")).to_be_hidden()
    page.wait_for_timeout(2500)  # it polls the status, and asks for nothing that is forbidden
    who(page, "a test").click()
    expect(page.locator("#identity-help")).to_contain_text(f"Search in {collection}.")
    page.keyboard.press("Escape")
    page.get_by_label("Collection", exact=True).select_option("default")
    expect(page.get_by_text(re.compile("does not allow you to find documents"))).to_be_visible()
    expect(page.get_by_label("Search query")).to_be_hidden()


def test_rights_that_change_meanwhile_are_noticed(locked_documents: Page, keys: Keys) -> None:
    page = locked_documents
    made = keys.make("search", "documents.read", "documents.write")
    sign_in(page, made["key"])
    expect_live_updates(page)
    keys.change(made, "search", "documents.read")  # only the stream tells the page
    expect(page.locator(".toolbar .new-document")).to_be_hidden()
    expect_live_updates(page)
    keys.change(made, "search")
    expect(page.locator("#statuses")).to_be_hidden()
    expect(page.get_by_role("link", name="Search")).to_be_visible()
    expect_live_updates(page, "not allowed")
    expect(page.locator("#connection")).to_be_empty()


def test_an_import_goes_on_after_the_user_has_signed_in_again(
    open_page: Open, keys: Keys, tmp_path: Path
) -> None:
    page = open_page(path="/console/imports", live=False)
    first, second = keys.make(), keys.make()
    sign_in(page, first["key"])
    expect_live_updates(page)
    sent = []

    def expire_before_the_second(route: Route) -> None:
        sent.append(route)
        if len(sent) == 2:
            keys.end(first)
        route.continue_()

    page.route("**/v1/documents/bulk*", expire_before_the_second)
    path = tmp_path / "leaves.jsonl"
    path.write_text("".join(f"{json.dumps({'content': f'leaf {n}'})}\n" for n in range(1500)))
    page.locator("#files").set_input_files(path)
    expect(form(page)).to_contain_text("expired")
    expect(page.locator("#import-state")).to_contain_text("Stored so far: 1,000 documents.")
    sign_in(page, second["key"])
    expect(page.locator("#import-counts")).to_contain_text("of 1,500 documents are searchable")


def test_an_answer_waits_for_a_key(
    open_page: Open, stack: Stack, keys: Keys, collection: str
) -> None:
    keys.write({"content": "Ink on uncoated paper dries within seconds."}, collection=collection)
    stack.wait_until_embedded()
    page = open_page(path="/console/ask", prepare=without_stream)
    first, second = keys.make(), keys.make()
    sign_in(page, first["key"])
    expect(who(page, "a test")).to_be_visible()
    pause(page)

    def revoke_meanwhile(route: Route) -> None:
        keys.revoke(first)
        route.continue_()

    page.route("**/v1/ask", revoke_meanwhile, times=1)
    page.get_by_label("Question", exact=True).fill("Does ink on uncoated paper dry within seconds?")
    page.get_by_label("Question", exact=True).press("Enter")
    expect(form(page)).to_contain_text("revoked")
    sign_in(page, second["key"])
    expect(page.locator(".turn")).to_contain_text("dries within seconds")


def test_metrics_open_with_the_key_of_an_operator(locked: Page, keys: Keys) -> None:
    page = locked
    sign_in(page, keys.admin)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Metrics").click()
    expect(opened.value.locator("body")).to_contain_text("inkdex_")
    assert keys.admin not in opened.value.url
    expect(page.get_by_role("link", name="Metrics")).to_be_visible()


def test_limits_say_when_they_end(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "429"
    detail = "This key may send 60 requests a minute. Try again in 20 s."
    problem = {"type": "urn:inkdex:rate-limited", "status": 429, "detail": detail}
    asked = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=429, json=problem, headers={"retry-after": "20"})

    page.route(re.compile("/v1/(search|stats)"), refuse)
    page.get_by_label("Search query").fill("ink")
    expect(page.get_by_text(detail)).to_be_visible()
    page.wait_for_timeout(2500)
    polled = sum(url.endswith("/stats") for url in asked)
    page.clock.fast_forward(4000)
    page.wait_for_timeout(300)
    assert sum(url.endswith("/stats") for url in asked) == polled == 1


def test_without_keys_the_page_says_who_can_use_it(page: Page) -> None:
    page.get_by_role("button", name="No keys yet").click()
    expect(page.locator("#identity-help")).to_contain_text("Anyone on this machine")
    expect(page.locator("#identity-help")).to_contain_text("make key NAME=admin")
    expect(page.locator("#identity-help")).to_contain_text("api.make_key admin")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def test_the_first_key_locks_a_page_that_is_open(
    page: Page, stack: Stack, page_errors: PageErrors
) -> None:
    page_errors.ignored = "401"
    expect(page.get_by_role("button", name="No keys yet")).to_be_visible()
    try:
        key = first_key(stack)
        expect(form(page)).to_be_visible()
        sign_in(page, key)
        expect(who(page, "admin")).to_be_visible()
    finally:
        forget(stack)


def test_the_form_is_accessible_on_every_screen(locked: Page) -> None:
    page, axe = locked, Axe()
    page.emulate_media(reduced_motion="reduce")
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        box = form(page).bounding_box()
        assert box
        assert 0 <= box["x"] <= box["x"] + box["width"] <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
    expect(form(page).get_by_label("Key", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(form(page).get_by_role("button", name="Show")).to_be_focused()


PATTERNS = ("", "*", "a", "a*", "*a", "a*a", "*a*", "a*b*c", "**", "*ab*ba*", ".*", "a.c")
NAMES = ("", "a", "aa", "ab", "aba", "abba", "ababa", "abc", "axbxc", "a.c", "acb", "a\n", "ä")


def test_the_page_reads_patterns_of_collections_as_the_api_does(page: Page) -> None:
    pairs = [[pattern, name] for pattern in PATTERNS for name in NAMES]
    matching = """async (pairs) => {
        const { matches } = await import("/console/lib/caller.js");
        return pairs.map((pair) => matches(...pair));
    }"""
    assert page.evaluate(matching, pairs) == [patterns.matches(*pair) for pair in pairs]
