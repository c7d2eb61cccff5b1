"""Tests of the page of questions: what stops an answer, and who can use the page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import answers
from tests.browser.answers import HOSTILE, PIECES, QUESTION, SENTENCE, ask
from tests.browser.conftest import DESK, PHONE, PageErrors
from tests.browser.test_page import MOVING, SCREENS, SMALL_TARGETS, tab_to
from tests.support.answer_server import Answer, AnswerServer, Script

BEGINNING = PIECES[0].strip()


def begin(answer: Answer, collection: str) -> None:
    answer.event("sources", sources=answers.sources(collection), degraded=None)
    answer.event("delta", text=PIECES[0])


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_stopping_ends_the_request_and_keeps_what_came(
    ask_page: Page, server: AnswerServer, collection: str, way: str
) -> None:
    def script(answer: Answer) -> None:
        begin(answer, collection)
        answer.hold(server.released)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".answer-text")).to_have_text(BEGINNING)
    ask(ask_page, "An impatient question")
    expect(ask_page.get_by_text("The answer is still being written.")).to_be_visible()
    stop = ask_page.get_by_role("button", name="Stop")
    if way == "button":
        stop.click()
    else:
        ask_page.get_by_role("button", name="Filter").click()
        ask_page.keyboard.press("Escape")
        expect(ask_page.locator("#filter")).to_be_hidden()
        expect(stop).to_be_visible()
        ask_page.keyboard.press("Escape")
    expect(turn).to_contain_text("You stopped this answer. What came so far is kept.")
    expect(turn.locator(".answer-text")).to_have_text(BEGINNING)
    expect(stop).to_be_hidden()
    expect(ask_page.get_by_label("Question", exact=True)).to_be_focused()
    expect(ask_page.get_by_label("Question", exact=True)).to_have_value("An impatient question")
    assert server.gone.wait(5)
    server.script = answers.complete(collection)
    turn.get_by_role("button", name="Ask again").click()
    expect(ask_page.locator(".measurements")).to_be_visible()
    expect(ask_page.locator(".turn")).to_have_count(1)
    assert "history" not in server.bodies[1]


def test_the_numbers_of_an_answer_are_large_enough_for_fingers(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    server.script = answers.complete(collection)
    number = ask(ask_page).locator(".reference")
    expect(ask_page.locator(".measurements")).to_be_visible()
    missed = """(number) => {
        const { left, right, top, bottom } = number.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        return [[left - 2, y], [right + 2, y], [x, y - 20], [x, y + 20]]
            .map((point) => document.elementFromPoint(...point))
            .filter((element) => element !== number)
            .map((element) => element?.outerHTML.slice(0, 80));
    }"""
    for size in (DESK, PHONE):
        ask_page.set_viewport_size({"width": size[0], "height": size[1]})
        box = number.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
        number.scroll_into_view_if_needed()
    assert number.evaluate(missed) == []


def ends(answer: Answer) -> None:
    """End the stream early."""


def resets(answer: Answer) -> None:
    answer.reset()


def fails(answer: Answer) -> None:
    answer.event("error", title="Chat failed", detail="The chat model failed.", status=503)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (ends, "The connection was lost before the answer ended."),
        (resets, "The connection was lost before the answer ended."),
        (fails, "The chat model failed."),
    ],
)
def test_an_answer_that_breaks_off_keeps_what_came(
    ask_page: Page,
    server: AnswerServer,
    collection: str,
    page_errors: PageErrors,
    fault: Script,
    message: str,
) -> None:
    page_errors.ignored = "Failed to load resource"

    def script(answer: Answer) -> None:
        begin(answer, collection)
        answer.hold(server.released)
        fault(answer)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".answer-text")).to_have_text(BEGINNING)
    server.released.set()
    expect(turn).to_contain_text(f"{message} What came so far is kept.")
    expect(turn.locator(".source")).to_have_count(3)
    expect(turn.get_by_role("button", name="Ask again")).to_be_visible()


def test_a_full_queue_says_when_to_ask_again(
    ask_page: Page, server: AnswerServer, page_errors: PageErrors
) -> None:
    page_errors.ignored = "429"
    server.script = lambda answer: answer.problem(429, "The queue is full.", retry_after=12)
    turn = ask(ask_page)
    expect(turn).to_contain_text("Too many questions are waiting. Ask again in 12 s.")
    server.script = answers.plain("Ten minutes.")
    turn.get_by_role("button", name="Ask again").click()
    expect(ask_page.locator(".answer-text")).to_have_text("Ten minutes.")


def test_a_rejected_filter_is_explained_at_its_field(
    ask_page: Page, server: AnswerServer, page_errors: PageErrors
) -> None:
    page_errors.ignored = "422"
    error = {"path": ["filter", "year"], "message": "is not a comparison"}
    server.script = lambda answer: answer.problem(422, "The request is not valid.", errors=[error])
    turn = ask(ask_page)
    expect(turn).to_contain_text("The request is not valid. filter year: is not a comparison.")
    expect(ask_page.locator("#filter-error")).to_have_text("year is not a comparison")
    ask_page.get_by_role("button", name="JSON").click()
    ask_page.locator("#filter-json").fill('{"year": {"eq": 2024}}')
    server.script = answers.plain("Ten minutes.")
    turn.get_by_role("button", name="Ask again").click()
    expect(ask_page.locator(".answer-text")).to_have_text("Ten minutes.")
    assert server.bodies[1]["filter"] == {"year": {"eq": 2024}}


def test_an_unreachable_api_is_reported(ask_page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "Failed to load resource"
    ask_page.route(re.compile(r"/v1/ask$"), lambda route: route.abort())
    expect(ask(ask_page)).to_contain_text("The API cannot be reached.")


def test_the_place_in_the_queue_is_told_in_words(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    def script(answer: Answer) -> None:
        answer.event("sources", sources=answers.sources(collection), degraded=None)
        answer.event("queued", place=3, wait_seconds=4.2)
        answer.hold(server.released)
        server.released.clear()
        answer.event("queued", place=1, wait_seconds=None)
        answer.hold(server.released)
        answers.complete(collection)(answer)

    server.script = script
    turn = ask(ask_page)
    waiting = "Waiting for the chat model."
    expect(turn).to_contain_text(f"{waiting} 2 questions before yours. It starts in about 5 s.")
    server.released.set()
    expect(turn.locator(".progress")).to_have_text(f"{waiting} Your question is next.")
    expect(ask_page.locator("#announcement")).to_have_text(f"{waiting} Your question is next.")
    server.released.set()
    expect(turn.locator(".measurements")).to_be_visible()
    expect(turn.locator(".progress")).to_be_hidden()


def test_citations_may_lie_in_each_other_and_come_early(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    text = "They say “𝄞 one [1] two [2]” [1]."
    quoted, first, last = (text.index(each) for each in ("𝄞 one", "[1]", "[1]."))

    def script(answer: Answer) -> None:
        answer.event("sources", sources=answers.sources(collection), degraded=None)
        reference = answers.reference(collection)
        answer.event("citation", **reference | {"at": [last, last + 3]})
        answer.event("delta", text=text)
        answer.event("citation", **reference | {"at": [first, first + 3]})
        quotation = answers.quotation(collection, "at once", verified=False)
        answer.event("citation", **quotation | {"at": [quoted, text.index("”")]})
        second = text.index("[2]")
        weak = {"n": 2, "at": [second, second + 3], "support": 0.1}
        answer.event("citation", **reference | weak)
        answer.event("done", **answers.DONE)

    server.script = script
    turn = ask(ask_page)
    expect(turn.locator(".unverified")).to_have_text("𝄞 one [1] two [2] not in the sources")
    expect(turn.locator(".unverified .reference")).to_have_text(["[1]", "[2]"])
    expect(turn.locator(".reference")).to_have_text(["[1]", "[2]", "[1]"])
    weak = turn.get_by_role(
        "button", name="[2], open source 2, which has few words of this sentence"
    )
    expect(weak).to_be_visible()
    expect(turn).to_contain_text("1 number with a dashed line leads to a source that has few words")
    expect(turn.locator(".answer-text")).to_have_text(text.replace("”", " not in the sources”"))


def busy(page: Page, server: AnswerServer, collection: str) -> None:
    """Show an answer, a refusal, quotations and a failure."""
    server.script = answers.complete(collection, cache="semantic", cached_question=HOSTILE)
    expect(ask(page).locator(".measurements")).to_be_visible()
    server.script = answers.plain(HOSTILE, **answers.REFUSED)
    expect(ask(page, HOSTILE).locator(".refusal")).to_be_visible()
    away = {"reason": "chat_unavailable", "served": "quotations", "detail": HOSTILE}
    server.script = answers.plain(SENTENCE + " long" * 200 + "w" * 500, degraded=away)
    expect(ask(page, "w" * 500).locator(".measurements")).to_be_visible()
    server.script = lambda answer: begin(answer, collection)
    expect(ask(page, "Lost?").locator(".error")).to_be_visible()
    for summary in page.locator(".turn summary").all():
        summary.click()
    page.get_by_role("button", name="Filter").click()


def test_the_page_of_questions_fits_and_is_accessible_on_every_screen(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    page, axe = ask_page, Axe()
    page.emulate_media(reduced_motion="reduce")
    busy(page, server, collection)
    assert page.locator("img").count() == 0
    assert page.evaluate(MOVING) == 0
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
        page.locator(".reference").press("Enter")
        expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
        page.keyboard.press("Escape")
    # A number in a sentence may be smaller, as it stands in a line of text.
    small = [each for each in page.evaluate(SMALL_TARGETS) if "reference" not in each]
    assert small == []


def test_on_a_phone_the_question_box_ends_above_the_links_and_lets_the_keyboard_close(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    page = ask_page
    page.set_viewport_size({"width": 390, "height": 844})
    touch = page.context.new_cdp_session(page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    server.script = answers.complete(collection)
    expect(ask(page).locator(".measurements")).to_be_visible()
    expect(page.get_by_label("Question", exact=True)).not_to_be_focused()
    box = page.locator("#ask").bounding_box()
    links = page.get_by_label("Pages", exact=True).bounding_box()
    assert box
    assert links
    assert box["y"] + box["height"] <= links["y"]


def test_before_the_first_question_the_page_is_as_high_as_the_screen(ask_page: Page) -> None:
    expect(ask_page.get_by_text("Ask a question about your documents.")).to_be_visible()
    expect(ask_page.get_by_role("heading", name="Conversation")).to_be_hidden()
    assert ask_page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_asking_and_reading_work_by_keyboard(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    page = ask_page
    server.script = answers.complete(collection)
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    question = page.get_by_label("Question", exact=True)
    expect(question).to_be_focused()
    page.keyboard.type("How long")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("until ink is dry?")
    tab_to(page, "submit")
    page.keyboard.press("Enter")
    expect(page.locator(".measurements")).to_be_visible()
    assert server.bodies[0]["question"] == "How long\nuntil ink is dry?"
    page.locator("#new-conversation").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="[1]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(SENTENCE)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(question).to_be_focused()
    page.keyboard.type(QUESTION)
    expect(question).to_have_value(QUESTION)


def test_the_answer_is_copied_with_its_sources(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    ask_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    server.script = answers.complete(collection)
    ask(ask_page).get_by_role("button", name="Copy the answer").click()
    expect(ask_page.get_by_role("button", name="Copied")).to_be_visible()
    copied = ask_page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{answers.TEXT}\n\n[1] Title of drying"
