"""Tests of the way from an answer to its documents and back, and of how they are quoted."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import answers
from tests.browser.answers import ask
from tests.browser.conftest import Open
from tests.browser.stack import Stack
from tests.support.answer_server import AnswerServer

WRAPPED = """# Glue of {collection}

Hide glue for {collection} is soaked overnight in cold water
  and warmed the next day, until it runs off the brush like
cream.

- never boil it
- keep it covered
"""


def test_the_way_back_from_a_cited_document_leads_to_the_answer(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    page = ask_page
    server.script = answers.complete(collection)
    turn = ask(page)
    expect(turn.locator(".measurements")).to_be_visible()
    asked = page.url
    turn.get_by_role("button", name="[1]").press("Enter")
    dialog = page.get_by_role("dialog")
    page.go_back()
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(asked)
    turn.get_by_role("button", name="[1]").press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.wait_for_function("!history.state?.dialog")
    for way in ("link", "back"):
        entries = page.evaluate("history.length")
        turn.get_by_role("button", name="[1]").press("Enter")
        dialog.get_by_role("link", name="Open the document").press("Enter")
        expect(page.get_by_role("heading", name="Drying times", level=1)).to_be_visible()
        assert page.evaluate("history.length") <= entries + 1
        if way == "back":
            page.go_back()
        else:
            page.get_by_role("link", name="Back to the answer").press("Enter")
        expect(page).to_have_url(asked)
        expect(turn).to_have_count(1)
        expect(dialog).to_be_hidden()
    page.goto(re.sub(r"/console/ask\?.*", f"/console/documents?collection={collection}", asked))
    page.get_by_role("link", name="Drying times").click()
    expect(page.get_by_role("link", name="Back to documents")).to_be_visible()


@pytest.fixture
def _wrapped(stack: Stack, collection: str) -> None:
    """A text with wrapped lines, and no chat model."""
    text = WRAPPED.format(collection=collection)
    title = "tempfile.TemporaryDirectory"
    stack.write({"id": "glue", "title": title, "content": text}, collection=collection)
    stack.wait_until_embedded()
    stack.chat.models = ()


@pytest.fixture
def wrapped_page(open_page: Open, _wrapped: None) -> Page:
    return open_page(path="/console/ask")


def test_only_quotations_join_lines_that_were_wrapped(wrapped_page: Page, collection: str) -> None:
    page, joined = wrapped_page, f"Hide glue for {collection} is soaked overnight in cold water"
    turn = ask(page, f"How is hide glue for {collection} soaked in cold water?")
    expect(turn.locator(".measurements")).to_be_visible()
    quoted = turn.locator(".answer-text").inner_text()
    assert f"{joined} and warmed the next day, until it runs off the brush like cream." in quoted
    turn.locator(".reference").first.press("Enter")
    text = page.get_by_role("dialog").get_by_label("Text of the document")
    expect(text).to_have_text(WRAPPED.format(collection=collection), use_inner_text=True)
    title = page.get_by_role("dialog").get_by_role("heading", name="tempfile.TemporaryDirectory")
    assert title.evaluate("(element) => element.querySelectorAll('wbr').length") == 2


def test_statistics_say_that_no_model_wrote_the_answers(
    wrapped_page: Page, collection: str
) -> None:
    page = wrapped_page
    question = f"How is hide glue for {collection} soaked?"
    expect(page.get_by_text("You get their best sentences instead of an answer")).to_be_visible()
    expect(page.get_by_text("you can ask further questions about it")).to_be_hidden()
    turn = ask(page, question)
    expect(turn.locator(".notices")).to_have_text("The best sentences of the documents.")
    page.route(
        "**/v1/stats",
        lambda route: route.fulfill(json=without_a_model(route.fetch().json())),
    )
    page.get_by_text("Answer statistics").click()
    figures = page.locator("#recent-answers")
    expect(figures).to_contain_text("Answered20 from the cache or shared")
    expect(figures).to_contain_text("First words–none by the chat model")


@pytest.mark.usefixtures("_wrapped")
def test_a_turn_says_why_no_model_answers_if_nobody_saw_it_before(
    open_page: Open, collection: str
) -> None:
    status, asked = "**/v1/ask/status", "**/v1/ask"
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def prepare(page: Page) -> None:
        page.route(status, hold)
        page.route(asked, hold)

    query = f"&q=How+is+hide+glue+for+{collection}+soaked"
    page = open_page(query, path="/console/ask", prepare=prepare)
    expect(page.locator(".turn")).to_have_count(1)
    page.unroute(status)
    for route in [each for each in held if each.request.url.endswith("/status")]:
        route.continue_()
    expect(page.locator("#without-model")).to_contain_text("ollama pull chat:latest")
    expect(page.locator("#without-model")).to_be_hidden()
    next(each for each in held if each.request.url.endswith("/ask")).continue_()
    expect(page.locator(".turn .measurements")).to_be_visible()
    expect(page.locator(".turn .notices")).to_contain_text("ollama pull chat:latest")


def without_a_model(stats: dict[str, object]) -> dict[str, object]:
    """Return the statistics after two questions that no chat model answered."""
    none = {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    found = stats["answers"]
    assert isinstance(found, dict)
    uses = dict.fromkeys(found["by_cache"], 0)
    changed = {"answered": 2, "quotations": 2, "by_cache": uses, "first_token": none, "total": none}
    return stats | {"answers": found | changed}
