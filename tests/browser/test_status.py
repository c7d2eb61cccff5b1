"""Tests of the status line, on the page of activity."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.stack import Stack
from tests.support import chat_server
from tests.support.processes import answers, eventually

ACTIVITY = "/console/activity"
CHAT_POLL_MS = 30_000
POLL_MS = 2000
"""The page reads the status this often."""
IN_THE_TAB = "JSON.parse(sessionStorage.getItem('inkdex-problems'))"


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=ACTIVITY)


def test_the_status_line_opens_and_closes_by_keyboard(page: Page, stack: Stack) -> None:
    stack.broker.kill()
    sentence, since = page.locator("#status-sentence"), page.locator("#status-since")
    expect(sentence).to_have_text("Redis down")
    expect(since).to_have_text(re.compile(r"since \d+:\d\d"))
    summary = page.locator("#status summary")
    summary.focus()
    page.keyboard.press("Enter")
    problems = page.get_by_label("Problems")
    expect(problems).to_be_visible()
    expect(problems).to_contain_text("Writes are not slower")
    page.emulate_media(reduced_motion="reduce")
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    expect(problems).to_be_hidden()
    expect(summary).to_be_focused()
    stack.broker.start()
    expect(sentence).to_have_text("All well")
    expect(since).to_be_empty()


def test_the_status_closes_by_escape_anywhere_and_when_the_focus_leaves(page: Page) -> None:
    status, summary = page.locator("#status"), page.locator("#status summary")
    summary.click()
    expect(status).to_have_attribute("open", "")
    page.locator(".status-panel").click()
    expect(status).to_have_attribute("open", "")
    page.get_by_label("Collection", exact=True).focus()
    expect(status).not_to_have_attribute("open", "")
    summary.click()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    expect(status).not_to_have_attribute("open", "")
    expect(page.locator("body")).to_be_focused()


def test_escape_closes_the_status_and_nothing_below_it(page: Page) -> None:
    page.evaluate("""() => {
        document.body.insertAdjacentElement("beforeend", document.createElement("div"));
        Object.assign(document.body.lastChild, { popover: "auto", id: "below" }).showPopover();
        document.getElementById("status").open = true;
    }""")
    is_below = "document.getElementById('below').matches(':popover-open')"
    page.keyboard.press("Escape")
    expect(page.locator("#status")).not_to_have_attribute("open", "")
    assert page.evaluate(is_below)
    page.keyboard.press("Escape")
    assert not page.evaluate(is_below)


def test_the_next_page_knows_since_when(page: Page, stack: Stack) -> None:
    stack.broker.kill()
    expect(page.locator("#status-sentence")).to_have_text("Redis down")
    seen = page.evaluate(IN_THE_TAB)
    page.get_by_role("link", name="Search").click()
    expect(page.locator("#status-sentence")).to_have_text("Redis down")
    assert page.evaluate(IN_THE_TAB) == seen


def test_a_screen_reader_hears_of_changes_only(page: Page) -> None:
    news = page.locator("#status-news")
    pending = [0]

    def fulfil(route: Route) -> None:
        pending[0] += 1
        stats = route.fetch().json()
        stats["documents"]["pending"] = pending[0]
        stats["paused_reason"] = "busy"
        route.fulfill(json=stats)

    expect(page.locator("#status-sentence")).to_have_text("All well")
    expect(news).to_be_empty()
    page.evaluate(
        """() => {
            window.heard = 0;
            new MutationObserver(() => { window.heard += 1; })
                .observe(document.getElementById("status-news"), { childList: true });
        }"""
    )
    page.route("**/v1/stats", fulfil)
    expect(news).to_have_text("Embedding paused.")
    for _ in range(2):
        with page.expect_response("**/v1/stats"):
            page.clock.fast_forward(POLL_MS)
    page.unroute_all()
    expect(news).to_have_text("All well.")
    assert page.evaluate("window.heard") == 2  # the problem, and its end


def test_the_status_line_fits_a_phone(open_page: Open, stack: Stack) -> None:
    page = open_page(size=PHONE, path=ACTIVITY)
    stack.broker.kill()
    expect(page.locator("#status-sentence")).to_have_text("Redis down")
    title, menu = page.locator("#page-title"), page.locator("#menu-toggle")
    boxes = [each.bounding_box() for each in (title, page.locator("#status-since"), menu)]
    assert all(boxes)
    assert [box["x"] for box in boxes if box] == sorted(box["x"] for box in boxes if box)
    assert boxes[2]
    assert all(abs(box["y"] - boxes[2]["y"]) < boxes[2]["height"] for box in boxes if box)
    page.locator("#status summary").click()
    panel = page.locator(".status-panel").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= PHONE[0]


def test_the_status_line_says_that_the_api_cannot_be_reached(
    page: Page, stack: Stack, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    expect(page.locator("#status-sentence")).to_have_text("All well")
    stack.api.kill()
    expect(page.locator("#status-sentence")).to_have_text("The API cannot be reached")
    expect(page.locator("#components")).to_contain_text("PostgreSQL unknown")
    expect(page.locator("#history-title")).to_be_visible()
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API answers again", log=stack.api.log)
    expect(page.locator("#status-sentence")).to_have_text("All well")


def test_the_problems_say_why_writes_are_refused(page: Page) -> None:
    def fulfil(route: Route) -> None:
        parts = route.fetch().json()
        parts["postgres"] = {
            "ok": False,
            "state": "disk_full",
            "detail": "PostgreSQL's disk is full. Reads work, writes do not.",
        }
        parts["worker"] = {"ok": False, "state": "paused", "detail": "paused: disk_full"}
        route.fulfill(json=parts)

    page.route("**/readyz", fulfil)
    expect(page.locator("#status-sentence")).to_have_text(
        "PostgreSQL disk full and 1 other problem"
    )
    expect(page.locator("#components")).to_contain_text("Worker paused")
    expect(page.get_by_label("Problems")).to_contain_text("New documents are refused.")


def test_the_forecast_says_when_the_queue_will_be_empty(page: Page) -> None:
    forecast = page.locator("#queue-forecast")
    given: list[float | None] = [None]

    def fulfil(route: Route) -> None:
        stats = route.fetch().json() | {"queue_empty_seconds": given[-1]}
        stats["documents"]["pending"] = 0 if given[-1] is None else 1200
        route.fulfill(json=stats)

    page.route("**/v1/stats", fulfil)
    expect(forecast).to_be_empty()
    given.append(480.2)
    expect(forecast).to_have_text(
        "Pending in all collections: 1,200 documents. The queue will be empty in about 8\u00a0min."
    )
    given.append(None)
    expect(forecast).to_be_empty()


OF_LATE = "searches of the last minute, in all collections,"


def test_the_status_line_says_what_is_slow(page: Page) -> None:
    said, sentence = page.locator("#latency-targets"), page.locator("#status-sentence")
    problems = page.get_by_label("Problems")
    targets = {"search_p50": 200, "search_p99": 500, "first_token_p95": 3000}
    measured: list[dict[str, float | None]] = [{}]
    waiting: list[float | None] = [None]
    counts = [100]

    def fulfil(route: Route) -> None:
        stats = route.fetch().json() | {"oldest_pending_seconds": waiting[-1]}
        for name, target in targets.items():
            found = measured[-1].get(name)
            met = None if found is None else found <= target
            number = {"target_ms": target, "measured_ms": found, "count": counts[-1]}
            stats["targets"][name].update(number, met=met)
        route.fulfill(json=stats)

    page.route("**/v1/stats", fulfil)
    page.locator("#status summary").click()
    with page.expect_response("**/v1/stats"):
        pass
    expect(said).to_be_hidden()
    measured.append({"search_p50": 20, "search_p99": 480})
    expect(said).to_have_text(
        f"Half of the {OF_LATE} took up to 20\u00a0ms (target 200\u00a0ms). "
        f"1 of 100 {OF_LATE} took longer than 480\u00a0ms (target 500\u00a0ms)."
    )
    expect(sentence).to_have_text("All well")
    measured.append({"search_p50": 310, "search_p99": 830, "first_token_p95": 2000})
    expect(sentence).to_have_text("Searches are slow")
    expect(page.locator("#status-since")).to_have_text(re.compile(r"since \d+:\d\d"))
    expect(page.locator("#status")).to_have_attribute("data-ok", "slow")
    expect(problems).to_have_text(
        f"Half of the {OF_LATE} took up to 310\u00a0ms (target 200\u00a0ms). "
        f"1 of 100 {OF_LATE} took longer than 830\u00a0ms (target 500\u00a0ms)."
    )
    expect(said).to_have_text(
        "1 of 20 answers of the last 10 minutes began after more than 2.0\u00a0s "
        "(target 3.0\u00a0s)."
    )
    counts.append(99)  # of so few, one search alone would decide
    measured.append({"search_p50": 20, "search_p99": 830})
    expect(sentence).to_have_text("All well")
    expect(said).to_have_text(re.compile(r"^Half of the searches [^.]*\.$"))
    measured.append({"first_token_p95": 4200})
    expect(sentence).to_have_text("Answers are slow")
    measured.append({})
    waiting.append(20)
    expect(sentence).to_have_text("All well")
    waiting.append(75)
    expect(sentence).to_have_text("Embedding is slow")
    expect(problems).to_contain_text("A document has waited for 75\u00a0s to be embedded.")


@pytest.mark.parametrize("path", [ACTIVITY, "/console/access"])
def test_a_phone_shows_the_words_and_cuts_none(open_page: Open, path: str) -> None:
    page = open_page(size=PHONE, path=path)
    words = page.locator(".status-text")
    expect(words).to_have_text(re.compile("All well"))
    cut = "(text) => text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight"
    assert (words.bounding_box() or {"width": 1})["width"] > 40
    assert not words.evaluate(cut)
    page.route("**/v1/stats", lambda route: route.fulfill(json=slow(route.fetch().json())))
    expect(words).to_contain_text("Embedding is slow")
    assert not words.evaluate(cut)


def test_a_missing_chat_model_is_a_problem_that_says_what_to_do(
    open_page: Open, stack: Stack
) -> None:
    stack.chat.models = ()
    page = open_page(path=ACTIVITY)
    expect(page.locator("#status-sentence")).to_have_text("Chat model not available")
    expect(page.locator("#status")).to_have_attribute("data-ok", "slow")
    expect(page.locator("#components")).to_contain_text("Chat model not available")
    page.locator("#status summary").click()
    problems, parts = page.get_by_label("Problems"), page.locator("#parts")
    expect(parts.get_by_role("listitem").last).to_contain_text("Ask shows sentences")
    expect(problems).to_contain_text("Ask shows sentences of the documents instead of answers.")
    expect(problems.locator("code")).to_have_text("ollama pull chat:latest")
    page.get_by_role("link", name="Ask").click()
    note = page.locator("#without-model")
    expect(note).to_contain_text("ollama pull chat:latest")
    expect(note).to_contain_text(
        "You get their best sentences instead of an answer, each with its source."
    )
    expect(note).not_to_contain_text("Ask shows")
    stack.chat.models = (chat_server.MODEL,)
    page.clock.fast_forward(CHAT_POLL_MS)
    expect(page.locator("#chat-state")).to_have_text("chat:latest answers.")
    expect(page.locator("#status-sentence")).to_have_text("All well")
    expect(page.locator("#components")).to_contain_text("Chat model answers")
    page.get_by_role("link", name="Activity").click()
    expect(parts).to_contain_text("Answers questions.")


def test_nobody_misses_a_chat_model_where_none_is_wanted(open_page: Open) -> None:
    none = {"model": None, "available": False, "detail": "No chat model is set.", "waiting": 0}

    def prepare(page: Page) -> None:
        page.route("**/v1/ask/status", lambda route: route.fulfill(json=none))

    page = open_page(path=ACTIVITY, prepare=prepare)
    expect(page.locator("#components")).to_contain_text("Chat model none")
    expect(page.locator("#status-sentence")).to_have_text("All well")


def slow(stats: dict[str, Any]) -> dict[str, Any]:
    return stats | {"oldest_pending_seconds": 75}


def test_what_failed_is_told_by_kind_and_keeps_the_focus(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write({"id": "a", "content": "Ink"}, collection=f"{collection}-other")
    failed = [0]

    def fulfil(route: Route) -> None:
        failed[0] += 1
        stats = route.fetch().json()
        stats["documents"]["failed"] = failed[0]
        route.fulfill(json=stats)

    page = open_page()
    line = page.locator("#status-failed")
    page.route("**/v1/stats", fulfil)
    expect(line).to_contain_text("failed document")
    page.evaluate(
        """async (collection) => {
            const { emit } = await import("/console/lib/event_bus.js");
            emit("failed-files-read", { collection, number: 20, isPart: true });
        }""",
        collection,
    )
    expect(line).to_have_text(re.compile(r"^\d+ failed documents?, 20\+ failed files$"))
    expect(page.locator("#status-sentence")).to_be_hidden()
    page.locator("#status summary").click()
    page.get_by_role("link", name="See why").focus()
    before = failed[0]
    page.clock.fast_forward(2 * POLL_MS)
    expect(page.locator("#failed-things")).not_to_contain_text(f"{before} document")
    expect(page.get_by_role("link", name="See why")).to_be_focused()
    page.get_by_label("Collection", exact=True).select_option(f"{collection}-other")
    expect(line).to_have_text(re.compile(r"^\d+ failed documents?$"))
    expect(page.get_by_role("link", name="See which")).to_be_hidden()
