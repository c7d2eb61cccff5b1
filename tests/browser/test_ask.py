"""Tests of the page of questions, with the answers of a scripted API."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import answers
from tests.browser.answers import DRYING, HOSTILE, QUESTION, SENTENCE, TEXT, answered, ask
from tests.browser.conftest import PageErrors
from tests.browser.stack import Stack
from tests.support.answer_server import Answer, AnswerServer


def test_an_answer_arrives_in_pieces_with_its_citations(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    def script(answer: Answer) -> None:
        answer.event("sources", sources=answers.sources(collection), degraded=None)
        answer.hold(server.released)
        answers.write(answer, collection)
        answer.event("done", **answers.DONE)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".source")).to_have_count(3)
    expect(turn).to_contain_text("Found 3 sources. The answer is being written…")
    expect(turn.get_by_role("button", name="Copy")).to_have_count(0)
    server.released.set()
    expect(turn.get_by_role("button", name="Copy")).to_be_visible()
    marked = TEXT.replace("at once", "at once not in the sources")
    expect(turn.locator(".answer-text")).to_have_text(marked)
    expect(turn.locator(".reference")).to_have_text("[1]")
    expect(turn.locator(".quotation")).to_have_text("dries in a minute")
    expect(turn.locator(".unverified")).to_have_text("at once not in the sources")
    expect(turn).to_contain_text(
        "1 quotation is marked because its words are in none of the sources"
    )
    assert server.bodies == [{"question": QUESTION, "collection": collection, "stream": True}]


def test_a_citation_shows_its_source_and_opens_its_passage(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    server.script = answers.complete(collection)
    turn = ask(ask_page)
    first = turn.locator(".source").first
    expect(turn.locator(".measurements")).to_be_visible()
    reference = turn.get_by_role("button", name="[1]")
    for show in (reference.hover, reference.focus):
        show()
        expect(first).to_contain_class("highlighted")
        ask_page.get_by_label("Question", exact=True).focus()
        ask_page.mouse.move(0, 0)
        expect(first).not_to_contain_class("highlighted")
    reference.press("Enter")
    dialog = ask_page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Title of drying")).to_be_focused()
    expect(dialog.locator("mark")).to_have_text(SENTENCE)
    expect(dialog.get_by_label("Text of the document")).to_have_text(DRYING)
    expect(dialog).to_contain_text("Ink › Drying")
    ask_page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(reference).to_be_focused()
    reference.press("Enter")
    dialog.get_by_role("link", name="Open the document").press("Enter")
    expect(ask_page.get_by_role("heading", name="Drying times", level=1)).to_be_visible()
    expect(ask_page.locator("#document-text mark")).to_have_text(DRYING)


def test_sources_can_be_read_and_those_without_room_are_greyed(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    server.script = answers.complete(collection)
    sources = ask(ask_page).locator(".source")
    expect(sources.nth(0)).to_contain_text("strong match")
    expect(sources.nth(0)).not_to_contain_text("Not given")
    expect(sources.nth(2)).to_contain_class("left-out")
    expect(sources.nth(2)).to_contain_text("Not given to the model: there was no room.")
    sources.nth(0).get_by_text("Passage").click()
    expect(sources.nth(0).locator("blockquote")).to_have_text(DRYING)
    sources.nth(0).get_by_role("button", name="Title of drying").click()
    dialog = ask_page.get_by_role("dialog")
    expect(dialog.locator(".passage")).to_have_text(DRYING)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        (f"New. {DRYING}", "The document has changed since. This is the passage"),
        (f"{DRYING} New.", "has changed since, but not in this passage"),
        (None, "The document does not exist any more. This is the passage"),
    ],
)
def test_a_document_that_changed_shows_what_the_answer_used(
    ask_page: Page,
    server: AnswerServer,
    stack: Stack,
    collection: str,
    page_errors: PageErrors,
    changed: str | None,
    note: str,
) -> None:
    page_errors.ignored = "404"
    server.script = answers.complete(collection)
    turn = ask(ask_page)
    expect(turn.locator(".measurements")).to_be_visible()
    if changed:
        stack.write({"id": "drying", "content": changed}, collection=collection)
    else:
        url = f"{stack.url}/v1/documents/drying?collection={collection}"
        httpx.delete(url, trust_env=False).raise_for_status()
    turn.locator(".reference").click()
    dialog = ask_page.get_by_role("dialog")
    expect(dialog).to_contain_text(note)
    shown = changed if changed and changed.startswith(DRYING) else DRYING
    expect(dialog.get_by_label("Text of the document")).to_have_text(shown)
    expect(dialog.locator("mark")).to_have_text(SENTENCE)
    link = dialog.get_by_role("link", name="Open the document")
    expect(link).to_have_count(1 if changed else 0)


def test_a_long_document_opens_at_the_passage(
    ask_page: Page, server: AnswerServer, stack: Stack, collection: str
) -> None:
    before = "Nothing about ink. " * 500
    content = f"{before}{DRYING}{' Nothing more.' * 500}"
    stack.write({"id": "drying", "content": content}, collection=collection)

    def script(answer: Answer) -> None:
        start = len(before)
        place = {"version": 2, "start": start, "end": start + len(DRYING)}
        found = answers.source(1, "drying", collection, **place)
        cited = answers.reference(collection)
        moved = {"start": start + cited["start"], "end": start + cited["end"], "version": 2}
        answer.event("sources", sources=[found], degraded=None)
        answer.event("delta", text=TEXT)
        answer.event("citation", **cited | moved)
        answer.event("done", **answers.DONE)

    server.script = script
    ask(ask_page).locator(".reference").click()
    dialog = ask_page.get_by_role("dialog")
    expect(dialog).to_contain_text("Characters 8,001 to 11,087 of 16,587.")
    expect(dialog.locator("mark")).to_have_text(SENTENCE)
    expect(dialog.locator("mark")).to_be_in_viewport()
    dialog.get_by_role("button", name="Show the whole document").click()
    expect(dialog.get_by_label("Text of the document")).to_have_text(content)
    expect(dialog.locator("mark")).to_be_in_viewport()


def test_a_follow_up_question_carries_the_conversation(
    ask_page: Page, server: AnswerServer
) -> None:
    server.script = answers.plain("After ten minutes.")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    expect(ask(ask_page, "And on laid paper?").locator(".measurements")).to_be_visible()
    said = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "After ten minutes."},
    ]
    assert server.bodies[1]["history"] == said
    expect(ask_page).to_have_url(re.compile(r"q=How\+long"))
    ask_page.get_by_role("button", name="New conversation").click()
    expect(ask_page.locator(".turn")).to_have_count(0)
    expect(ask_page).not_to_have_url(re.compile("q="))
    expect(ask_page.get_by_label("Question", exact=True)).to_be_focused()
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    assert "history" not in server.bodies[2]


def test_a_long_conversation_sends_what_the_api_accepts(
    ask_page: Page, server: AnswerServer
) -> None:
    server.script = answers.plain("é" * 20_000)
    for number in range(4):
        question = f"Question {number}"
        expect(ask(ask_page, question).locator(".measurements")).to_be_visible()
    assert [each["content"] for each in server.bodies[3]["history"][::2]] == [
        "Question 1",
        "Question 2",
    ]


def test_a_question_and_a_filter_in_the_url_are_asked_when_opened(
    ask_page: Page, server: AnswerServer
) -> None:
    server.script = answers.plain("After ten minutes.")
    ask_page.get_by_role("button", name="Filter").click()
    ask_page.get_by_label("Metadata field").fill("lang")
    ask_page.get_by_label("Value").fill("en")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    other = ask_page.context.new_page()
    answers.redirect(other, server)
    other.goto(ask_page.url)
    expect(other.locator(".answer-text")).to_have_text("After ten minutes.")
    assert server.bodies[0]["filter"] == {"lang": {"eq": "en"}}
    assert server.bodies[1] == server.bodies[0]


def test_timings_tokens_and_the_cache_are_shown(ask_page: Page, server: AnswerServer) -> None:
    server.script = answers.plain(
        "Ten.", cache="semantic", cached_question="How soon is ink dry?", finish_reason="length"
    )
    turn = ask(ask_page)
    turn.get_by_text("First words after 1.2 s, complete after 3.3 s").click()
    for text in (
        "800 ms",
        "1,234 in, 56 out",
        "27 tokens per s",
        "llama3.2",
        "From the cache: a similar",
    ):
        expect(turn.locator(".measured")).to_contain_text(text)
    expect(turn).to_contain_text("cut at its limit of 56 tokens")
    expect(turn).to_contain_text("a similar question: “How soon is ink dry?”")
    turn.get_by_role("button", name="Ask without the cache").click()
    expect(ask_page.locator(".turn")).to_have_count(1)
    expect(ask_page.locator(".measurements")).to_be_visible()
    assert server.bodies[1]["cache"] == "off"


def test_a_refusal_says_what_was_looked_for(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    said = f"I found nothing in the documents about this. Looked for: zeppelin, {HOSTILE}."
    server.script = answers.plain(said, **answers.REFUSED)
    turn = ask(ask_page, "What is a zeppelin?")
    expect(turn.locator(".answer-text")).to_have_text(said)
    assert turn.inner_text().count("Looked for") == 1
    nearest = turn.locator(".refusal").get_by_role("listitem").get_by_role("link")
    expect(nearest).to_have_text(["Drying times", HOSTILE])
    expect(nearest.first).to_have_attribute("href", "/console/document?collection=c&id=drying")
    turn.get_by_role("link", name="Search the documents").click()
    expect(ask_page.get_by_label("Search query")).to_have_value("What is a zeppelin?")
    expect(ask_page.get_by_label("Collection", exact=True)).to_have_value(collection)


@pytest.mark.parametrize(
    ("text", "uncited"),
    [
        ("Ink dries [1]. Paper drinks ink. It is so. [1]", ["Paper drinks ink. "]),
        ("Dry [1]. Paper drinks ink. It is so. [1]", ["Paper drinks ink. "]),
        ("[1] says so.\n- It dries [1].\n[1] tells of ink too.", []),
        ("Dr. Smith invented it [1]. See e.g. The old book [1]. Yes. It is so [1].", []),
        ("It dries [1]. Dr. Smith invented some ink.", ["Dr. Smith invented some ink."]),
        ("As follows:\n- It dries [1].\n- It fades.\n\n𝄞", ["- It fades.\n"]),
        ("It dries [1].", []),
    ],
)
def test_sentences_that_name_no_source_are_marked(
    ask_page: Page, server: AnswerServer, collection: str, text: str, uncited: list[str]
) -> None:
    def script(answer: Answer) -> None:
        answer.event("sources", sources=answers.sources(collection), degraded=None)
        answer.event("delta", text=text)
        for found in re.finditer(r"\[1\]", text):
            cited = answers.reference(collection) | {"at": [*found.span()]}
            answer.event("citation", **cited)
        answer.event("done", **answers.DONE)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".measurements")).to_be_visible()
    marked = turn.locator(".uncited")
    assert [each.evaluate("(mark) => mark.firstChild.data") for each in marked.all()] == uncited
    remark = "1 sentence with a dashed line names no source."
    expect(turn.get_by_text(remark)).to_have_count(len(uncited))


def test_quotations_instead_of_an_answer_are_explained(
    ask_page: Page, server: AnswerServer
) -> None:
    detail = "To get answers: ollama pull llama3.2"
    away = {"reason": "chat_unavailable", "served": "quotations", "detail": detail}
    server.script = answers.plain(SENTENCE, finish_reason="quotations", degraded=away)
    notice = "These are the best sentences of the documents, not an answer by a model."
    expect(ask(ask_page).locator(".notices")).to_have_text(f"{notice} {detail}")


def test_a_conversation_says_once_why_no_model_answers(
    ask_page: Page, server: AnswerServer
) -> None:
    away = {"reason": "chat_unavailable", "served": "quotations", "detail": "It is not loaded."}
    server.script = answers.plain(SENTENCE, finish_reason="quotations", degraded=away)
    expect(answered(ask_page, "One?").locator(".notices")).to_contain_text("It is not loaded.")
    second = answered(ask_page, "Two?").locator(".notices")
    expect(second).to_have_text("The best sentences of the documents.")
    server.script = answers.plain(SENTENCE)
    expect(answered(ask_page, "Three?").locator(".notices")).to_be_empty()
    away["detail"] = "It is not installed."
    server.script = answers.plain(SENTENCE, finish_reason="quotations", degraded=away)
    expect(answered(ask_page, "Four?").locator(".notices")).to_contain_text("It is not installed.")
    ask_page.get_by_role("button", name="New conversation").click()
    expect(answered(ask_page, "Five?").locator(".notices")).to_contain_text("It is not installed.")


def test_only_a_finished_answer_is_announced(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    ask_page.evaluate("""() => {
        window.announced = [];
        const region = document.getElementById("announcement");
        const note = () => announced.push(region.textContent);
        new MutationObserver(note).observe(region, { childList: true, characterData: true });
    }""")
    server.script = answers.complete(collection)
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    announced = ask_page.evaluate("announced")
    assert [text for text in announced if text.startswith("On coated")] == announced[-1:]
    assert announced[-1].startswith(TEXT)
    expect(ask_page.locator("#announcement")).to_have_role("status")
