"""Tests of a conversation that is there again when the user comes back to it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import answers
from tests.browser.access import Keys, sign_in
from tests.browser.answers import DOCUMENT, QUESTION, SENTENCE, TEXT, ask
from tests.browser.conftest import Open, PageErrors
from tests.support.answer_server import Answer, AnswerServer
from tests.support.processes import eventually

TAB = "JSON.stringify(sessionStorage)"
KEPT = "sessionStorage.getItem('inkdex-conversation')"


def leave(page: Page) -> None:
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator("#page-title")).to_have_text("Documents")


def expect_forgotten(page: Page) -> None:
    eventually(lambda: page.evaluate(KEPT) is None, "the conversation is forgotten", 5)


@pytest.mark.parametrize("way", ["back", "link", "reload"])
def test_the_way_back_leads_to_the_same_conversation(
    ask_page: Page, server: AnswerServer, collection: str, way: str
) -> None:
    page = ask_page
    server.script = answers.complete(collection)
    expect(ask(page).locator(".measurements")).to_be_visible()
    server.script = answers.plain("No zeppelin.", **answers.REFUSED)
    expect(ask(page, "And zeppelins?").locator(".refusal")).to_be_visible()
    shown, place = page.locator("#turns").inner_text(), page.evaluate("scrollY")
    if way == "reload":
        page.reload()
    else:
        leave(page)
        page.get_by_role("link", name="Ask").click() if way == "link" else page.go_back()
    expect(page.locator(".turn")).to_have_count(2)
    assert page.locator("#turns").inner_text() == shown
    assert page.evaluate("scrollY") == place
    expect(page.locator("#announcement")).to_be_empty()
    expect(page).to_have_url(re.compile(r"q=How\+long"))
    assert len(server.bodies) == 2
    page.get_by_role("button", name="[1]").press("Enter")
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(SENTENCE)
    page.keyboard.press("Escape")
    server.script = answers.plain("Yes.")
    expect(ask(page, "Really?").locator(".measurements")).to_be_visible()
    assert [each["content"] for each in server.bodies[2]["history"][:2]] == [QUESTION, TEXT]


def test_an_answer_that_was_left_says_so_and_can_be_asked_again(
    ask_page: Page, server: AnswerServer
) -> None:
    def script(answer: Answer) -> None:
        answer.event("sources", sources=[], degraded=None)
        answer.event("delta", text="It dries")
        answer.event("delta", text=" slowly")
        answer.hold(server.released)

    server.script = script
    expect(ask(ask_page).locator(".answer-text")).to_have_text("It dries slowly")
    leave(ask_page)
    ask_page.go_back()
    turn = ask_page.locator(".turn")
    expect(turn.locator(".answer-text")).to_have_text("It dries slowly")
    expect(turn).to_contain_text("You left the page before this answer ended.")
    server.script = answers.plain("Ten minutes.")
    turn.get_by_role("button", name="Ask again").click()
    expect(ask_page.locator(".answer-text")).to_have_text("Ten minutes.")


def test_a_link_to_another_question_asks_it(ask_page: Page, server: AnswerServer) -> None:
    server.script = answers.plain("Ten minutes.")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    ask_page.goto(ask_page.url.split("&q=")[0] + "&q=Why?")
    expect(ask_page.get_by_role("heading", name="Why?")).to_be_visible()
    expect(ask_page.locator(".turn")).to_have_count(1)


def test_a_new_conversation_forgets_the_kept_one(ask_page: Page, server: AnswerServer) -> None:
    server.script = answers.plain("Ten minutes.")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    ask_page.reload()
    expect(ask_page.locator(".turn")).to_have_count(1)
    assert "Ten minutes." in ask_page.evaluate(KEPT)
    ask_page.get_by_role("button", name="New conversation").click()
    assert ask_page.evaluate(KEPT) is None
    ask_page.reload()
    expect(ask_page.get_by_text("Ask a question about your documents.")).to_be_visible()
    expect(ask_page.locator(".turn")).to_have_count(0)


def hold(route: Route) -> None:
    """Leave a request without an answer."""


def fail(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("answer", [hold, fail], ids=["late", "failed"])
def test_a_page_that_restored_nothing_keeps_the_conversation(
    ask_page: Page, server: AnswerServer, answer: Callable[[Route], None], page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    server.script = answers.plain("Ten minutes.")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    leave(ask_page)
    kept = ask_page.evaluate(KEPT)
    ask_page.route("**/v1/whoami", answer)
    with ask_page.expect_request("**/v1/whoami"):
        ask_page.get_by_role("link", name="Ask").click()
    ask_page.wait_for_timeout(300)  # the page registers what it does when it is left
    leave(ask_page)
    assert ask_page.evaluate(KEPT) == kept
    ask_page.unroute("**/v1/whoami")
    ask_page.get_by_role("link", name="Ask").click()
    expect(ask_page.locator(".answer-text")).to_have_text("Ten minutes.")


@pytest.mark.parametrize(
    "change",
    ["delete kept.version", "kept.turns = {}", "kept.turns[0].events = null", "kept = 'torn'"],
)
def test_a_conversation_that_cannot_be_read_is_forgotten(
    ask_page: Page, server: AnswerServer, change: str
) -> None:
    server.script = answers.plain("Ten minutes.")
    expect(ask(ask_page).locator(".measurements")).to_be_visible()
    leave(ask_page)
    ask_page.evaluate(f"""() => {{
        let kept = JSON.parse({KEPT});
        {change};
        sessionStorage.setItem("inkdex-conversation", JSON.stringify(kept));
    }}""")
    ask_page.get_by_role("link", name="Ask").click()
    expect_forgotten(ask_page)
    expect(ask_page.locator(".turn")).to_have_count(0)
    expect(ask(ask_page, "Still?").locator(".measurements")).to_be_visible()


def test_a_question_is_asked_again_where_it_was_asked(
    ask_page: Page, server: AnswerServer, collection: str
) -> None:
    server.script = lambda answer: answer.hold(server.released)
    ask_page.goto(f"{ask_page.url}&filter=%7B%22lang%22%3A%22en%22%7D")
    ask(ask_page)
    expect(ask_page.get_by_text("Searching the documents…").first).to_be_visible()
    leave(ask_page)
    link = f"?collection=elsewhere-{collection}"
    ask_page.goto(re.sub(r"/console/.*", f"/console/ask{link}", ask_page.url))
    server.script = answers.plain("Ten minutes.")
    ask_page.get_by_role("button", name="Ask again").click()
    expect(ask_page.locator(".answer-text")).to_have_text("Ten minutes.")
    first, second = server.bodies
    assert first["collection"] == second["collection"] == collection
    assert first["filter"] == second["filter"]


def test_only_the_latest_turns_of_a_huge_conversation_are_kept(
    ask_page: Page, server: AnswerServer
) -> None:
    server.script = answers.plain("é" * 300_000)
    for number in range(4):
        expect(ask(ask_page, f"Question {number}").locator(".measurements")).to_be_visible()
    ask_page.reload()
    expect(ask_page.locator(".question")).to_have_text(["Question 1", "Question 2", "Question 3"])
    assert len(ask_page.evaluate(KEPT)) < 1_001_000


def test_signing_out_forgets_the_conversation(
    open_page: Open, keys: Keys, server: AnswerServer, collection: str
) -> None:
    keys.write(DOCUMENT, collection=collection)
    server.script = answers.complete(collection)
    page = open_page(path="/console/ask", prepare=lambda page: answers.redirect(page, server))
    sign_in(page, keys.admin)
    expect(ask(page).locator(".measurements")).to_be_visible()
    page.locator(".side-bar").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    assert page.evaluate(KEPT) is None
    assert SENTENCE not in page.content()


@pytest.mark.parametrize("actions", [("*",), ("ask",)], ids=["equal rights", "fewer rights"])
def test_another_key_does_not_see_the_conversation(
    open_page: Open, keys: Keys, server: AnswerServer, actions: tuple[str, ...]
) -> None:
    server.script = answers.plain("Confidential.")
    page = open_page(path="/console/ask", prepare=lambda page: answers.redirect(page, server))
    first, second = keys.make(), keys.make(*actions)
    sign_in(page, first["key"])
    expect(ask(page).locator(".measurements")).to_be_visible()
    keys.revoke(first)
    page.reload()
    server.script = answers.plain("Public.")
    sign_in(page, second["key"])
    # The address asks the question for the second key.
    expect(page.locator(".answer-text")).to_have_text("Public.")
    assert "Confidential." not in page.evaluate(TAB)


def test_a_key_of_equal_rights_that_goes_on_elsewhere_does_not_see_the_conversation(
    open_page: Open, keys: Keys, server: AnswerServer
) -> None:
    server.script = answers.plain("Confidential.")
    page = open_page(path="/console/ask", prepare=lambda page: answers.redirect(page, server))
    first, second = keys.make(), keys.make()
    sign_in(page, first["key"])
    expect(ask(page).locator(".measurements")).to_be_visible()
    leave(page)
    expect(page.locator(".side-bar").get_by_role("button", name="Sign out")).to_be_visible()
    keys.revoke(first)
    sign_in(page, second["key"])
    page.get_by_role("link", name="Ask").click()
    expect_forgotten(page)
    expect(page.locator(".turn")).to_have_count(0)
    assert "Confidential." not in page.evaluate(TAB)
