"""Tests of the page of questions with the real API, over a scripted chat model."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.answers import ask
from tests.browser.conftest import Open
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.support.chat_server import Record, said
from tests.support.processes import eventually

QUESTION = "How long until ink is dry on coated stock?"
SENTENCE = "On coated stock it lies on the surface and may smear for ten minutes or more"
ANSWER = "It may smear for “ten minutes or more” [1]. It is “dry at once” elsewhere [1] [9]."


@pytest.fixture
def notes_page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The page of questions, about the notes."""
    stack.write(*notes(), collection=collection)
    stack.wait_until_embedded()
    return open_page(path="/console/ask")


def says(text: str) -> Callable[[Record], list[Record]]:
    return lambda _: said(text)


def test_an_answer_of_a_model_is_cited_and_cached(notes_page: Page, stack: Stack) -> None:
    page = notes_page
    expect(page.locator("#chat-state")).to_have_text("chat:latest answers.")
    stack.chat.answer = says(ANSWER)
    turn = ask(page, QUESTION)
    expect(turn.locator(".quotation")).to_have_text("ten minutes or more")
    expect(turn.locator(".unverified")).to_contain_text("dry at once")
    expect(turn).to_contain_text("1 number that named no source was removed.")
    turn.locator(".reference").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Drying times by paper")).to_be_visible()
    expect(dialog.locator("mark")).to_contain_text(SENTENCE)
    page.keyboard.press("Escape")
    turn.locator(".measurements summary").click()
    expect(turn.locator(".measured")).to_contain_text("Generated for this question.")
    page.get_by_role("button", name="New conversation").click()
    again = ask(page, QUESTION)
    again.locator(".measurements summary").click()
    expect(again.locator(".measured")).to_contain_text("From the cache: the same question")
    expect(again.locator(".unverified")).to_contain_text("dry at once")
    page.get_by_text("Answer statistics").click()
    figures = page.locator("#recent-answers")
    expect(figures).to_contain_text(re.compile("Answered[1-9].*First words.*p95 .* target 60.s"))
    expect(page.locator("#recent-answers-note")).to_contain_text("the last 10 min")


def test_a_stopped_answer_stops_the_model(notes_page: Page, stack: Stack) -> None:
    stack.chat.answer = says("Ink dries slowly. " * 100)
    stack.chat.seconds_a_record = 0.1
    cancelled = stack.chat.cancelled
    turn = ask(notes_page, QUESTION)
    expect(turn.locator(".answer-text")).to_contain_text("Ink dries")
    notes_page.keyboard.press("Escape")
    expect(turn).to_contain_text("You stopped this answer. What came so far is kept.")
    eventually(lambda: stack.chat.cancelled > cancelled, "the model stops")


def test_without_a_chat_model_the_documents_answer(notes_page: Page, stack: Stack) -> None:
    stack.chat.status = 404
    turn = ask(notes_page, QUESTION)
    notice = turn.locator(".notices")
    expect(notice).to_contain_text("These are the best sentences of the documents")
    expect(notice).to_contain_text("ollama pull")
    expect(turn.locator(".answer-text")).to_contain_text(SENTENCE)
    turn.locator(".reference").first.press("Enter")
    cited = notes_page.get_by_role("dialog").locator("mark")
    expect(cited).not_to_be_empty()
    expect(turn.locator(".answer-text")).to_contain_text(cited.inner_text())


def test_a_question_about_nothing_is_refused(notes_page: Page, stack: Stack) -> None:
    asked = len(stack.chat.asked)
    turn = ask(notes_page, "zzyzx qwertzuiop")
    expect(turn.locator(".answer-text")).to_contain_text("Looked for: zzyzx, qwertzuiop.")
    expect(
        turn.locator(".refusal").get_by_role("listitem").first.get_by_role("link")
    ).to_be_visible()
    assert len(stack.chat.asked) == asked


def test_a_follow_up_question_reaches_the_model_with_the_conversation(
    notes_page: Page, stack: Stack
) -> None:
    stack.chat.answer = says("It may smear for ten minutes [1].")
    expect(ask(notes_page, QUESTION).locator(".measurements")).to_be_visible()
    stack.chat.answer = says("It depends.")
    second = ask(notes_page, "And on uncoated paper?")
    expect(second).to_contain_text("The answer names no source.")
    said_before = [each["content"] for each in stack.chat.asked[-1]["messages"]]
    assert any(QUESTION in content for content in said_before)


def test_all_collections_can_be_asked(notes_page: Page, stack: Stack) -> None:
    page = notes_page
    stack.chat.status = 404
    page.get_by_label("Collection", exact=True).select_option("New or other collection…")
    page.get_by_label("Name of a new or existing collection").fill("*")
    page.get_by_label("Name of a new or existing collection").press("Enter")
    turn = ask(page, f"{QUESTION} Or anything else?")
    expect(turn.locator(".source").first).to_contain_text("collection-")
    turn.locator(".source .title").first.click()
    expect(page.get_by_role("dialog").locator(".passage")).not_to_be_empty()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("in collection-.*, version 1"))
    expect(page.get_by_label("Collection", exact=True)).to_have_value("*")


def test_a_question_waits_while_the_model_answers_another(
    notes_page: Page, stack: Stack, collection: str
) -> None:
    stack.chat.answer = says("Slowly. " * 200)
    stack.chat.seconds_a_record = 0.1
    running = stack.chat.running
    body = {"question": QUESTION, "collection": collection}
    client = httpx.Client(base_url=stack.url, trust_env=False, timeout=30)
    with client, client.stream("POST", "/v1/ask", json=body):
        eventually(lambda: stack.chat.running > running, "the first answer is written")
        turn = ask(notes_page, "Why does paper curl?")
        expect(turn.locator(".progress")).to_contain_text("Your question is next.")
        stack.chat.answer = says("After ten minutes [1].")
    expect(turn.locator(".answer-text")).to_have_text("After ten minutes [1].")
