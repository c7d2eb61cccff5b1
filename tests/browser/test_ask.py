"""Tests of the page of questions: answers by a scripted API, and by the real one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import answers
from tests.browser.answers import QUESTION, TEXT
from tests.browser.conftest import Open, PageErrors
from tests.browser.stack import Stack
from tests.support import answer_server
from tests.support.answer_server import Answer, AnswerServer

DRYING = {"id": "drying", "title": "Drying times", "content": answers.DRYING}


@pytest.fixture
def server() -> Iterator[AnswerServer]:
    with answer_server.running() as found:
        yield found


@pytest.fixture
def ask_page(open_page: Open, stack: Stack, collection: str, server: AnswerServer) -> Page:
    """The page of questions. The scripted server answers."""
    stack.write(DRYING, collection=collection)
    page = open_page()
    redirect(page, server)
    page.get_by_role("link", name="Ask").click()
    expect(page.get_by_label("Collection", exact=True)).to_have_value(collection)
    return page


def redirect(page: Page, server: AnswerServer) -> None:
    def to_server(route: Route) -> None:
        route.continue_(url=server.url)

    page.route(re.compile(r"/v1/ask$"), to_server)


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask, and return the latest turn."""
    page.get_by_label("Question", exact=True).fill(question)
    page.get_by_label("Question", exact=True).press("Enter")
    return page.locator(".turn").last


def text_of(turn: Locator) -> Locator:
    return turn.locator(".answer-text")


def test_an_answer_arrives_in_pieces_with_its_citations(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    def script(answer: Answer) -> None:
        answer.event("sources", sources=answers.sources(collection), degraded=None)
        answer.event("delta", text=answers.PIECES[0])
        answer.hold(server.released)
        answers.complete(collection)(answer)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".source")).to_have_count(3)
    expect(text_of(turn)).to_have_text(answers.PIECES[0].strip())
    expect(turn.get_by_role("button", name="Copy")).to_have_count(0)
    server.released.set()
    expect(turn.get_by_role("button", name="Copy")).to_be_visible()
