"""Takes the screenshots of docs/console.md and of the README.

Run it with `.venv/bin/python -m pytest tests/browser/screenshots.py`.
"""

import re
from pathlib import Path
from typing import Literal

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser import document_list
from tests.browser.access import Keys, sign_in
from tests.browser.answers import ask
from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.corpus import guide, notes
from tests.browser.recorded_day import record_day
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.chat_server import said
from tests.support.paths import ROOT
from tests.support.pdf_files import locked_pdf

pytestmark = pytest.mark.timeout(180)

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 200_000
COPIES = 15
SETTLED_MS = 2500
"""After this time the status line and the ages are up to date."""
EMBEDDING_TIMEOUT_MS = 60_000
QUESTIONS = ("how long until it is dry", "brown spots", "glue that can be undone", "small letters")
QUESTION = "How long until ink is dry?"
QUERY = "how long until ink is dry"
HITS = "&q=" + QUERY.replace(" ", "+")
ILLEGIBLE = {
    "cellar-page": "A page from the cellar",
    "river-letter": "A letter that fell into the river",
}
RECIPES = """{"title": "Size", "content": "Alum and gelatine, brushed on while warm."}
{"title": "Left open, "content": "Glue"}
{"title": "Rabbit-skin glue", "content": "Soak it overnight, and never let it boil."}
"""
MARBLING = "# Marbling\n\nColours float on carrageenan moss and are combed."

ANSWER = (
    "That depends on the paper. On uncoated paper ink dries within seconds [1]. On coated stock it "
    "“may smear for ten minutes or more”, and a little warmth halves that [1]. While it is fresh, "
    "you can still lift most ink with “distilled water or milk” [2]."
)

Screen = tuple[tuple[int, int], Literal["light", "dark"]]
LIGHT: Screen = ((1280, 900), "light")
TALL: Screen = ((1280, 1240), "light")
DARK: Screen = ((1280, 900), "dark")
LOW: Screen = ((1280, 780), "light")
LOW_DARK: Screen = ((1280, 600), "dark")
PHONE_LIGHT: Screen = (PHONE, "light")
PHONE_DARK: Screen = (PHONE, "dark")


@pytest.fixture
def collection() -> str:
    return "workshop"


@pytest.fixture
def workshop(stack: Stack, collection: str) -> None:
    """There are the notes of a workshop, and nothing else."""
    clear(stack)
    stack.write(guide(), *notes(), collection=collection)
    stack.wait_until_embedded()


def clear(stack: Stack) -> None:
    """Delete all documents, files and imports."""
    stack.clear()
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("TRUNCATE imports, files CASCADE")


def write_illegible(stack: Stack, collection: str) -> None:
    """Write documents that the model rejects."""
    stack.proxy.fault = faults.only_with("Illegible", faults.status(400, "no known tokens"))
    content = "Illegible, for mould."
    documents = ({"id": i, "title": title, "content": content} for i, title in ILLEGIBLE.items())
    stack.write(*documents, collection=collection)


def shoot(page: Page, name: str, screen: Screen = LIGHT) -> None:
    size, scheme = screen
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    path: Path = IMAGES / f"console-{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size < MAX_BYTES, path


def settle(page: Page) -> None:
    """Wait until what the page shows of the moment is up to date."""
    page.wait_for_timeout(SETTLED_MS)


def test_screenshot_of_an_empty_system(open_page: Open, stack: Stack) -> None:
    clear(stack)
    page = open_page()
    expect(page.locator("#onboarding")).to_be_visible()
    shoot(page, "empty", LOW)


@pytest.mark.usefixtures("workshop")
def test_screenshots_of_a_search(open_page: Open) -> None:
    page = open_page(HITS)
    expect(page.get_by_label("Hits")).to_contain_text("Drying times by paper")
    page.reload()  # the meaning of the query is known now, as it is of frequent ones
    expect(page.get_by_label("Hits")).to_contain_text("Drying times by paper")
    expect(page.locator("#facets")).to_be_visible()
    settle(page)
    shoot(page, "search")
    shoot(page, "search-dark", DARK)
    shoot(page, "phone", PHONE_LIGHT)
    shoot(page, "phone-dark", PHONE_DARK)


@pytest.mark.usefixtures("workshop")
def test_screenshot_of_a_search_by_words_only(
    open_page: Open, stack: Stack, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    page = open_page()
    stack.proxy.refuse()
    expect(page.locator("#problems")).to_contain_text("model server")
    page.get_by_label("Search query").fill("paper that curls")
    expect(page.get_by_text("Results match words only")).to_be_visible()
    settle(page)
    shoot(page, "degraded", LOW)
    page.locator("#status summary").click()
    shoot(page, "status", LOW)


@pytest.mark.usefixtures("workshop")
def test_screenshots_of_a_document(open_page: Open) -> None:
    page = open_page(HITS)
    page.get_by_role("link", name="A guide to ink").click()
    expect(page.locator("#document-text mark").first).to_be_visible()
    page.locator("#similar summary").click()
    expect(page.locator("#similar-list li").first).to_be_visible()
    settle(page)
    shoot(page, "reader")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Text")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    shoot(page, "editor")


@pytest.mark.usefixtures("workshop")
def test_screenshot_of_the_list(open_page: Open, stack: Stack, collection: str) -> None:
    write_illegible(stack, collection)
    page = open_page(path=document_list.PATH)
    expect(page.locator("#failures")).to_be_visible(timeout=EMBEDDING_TIMEOUT_MS)
    document_list.select(page, "Wheat paste", "Smudged proofs", "Sewing on tapes")
    page.evaluate("scrollTo(0, 0)")
    settle(page)
    shoot(page, "documents")


@pytest.mark.usefixtures("workshop")
def test_screenshot_of_an_import(open_page: Open, tmp_path: Path) -> None:
    files = {
        "recipes.jsonl": RECIPES.encode(),
        "marbling.md": MARBLING.encode(),
        "contract.pdf": locked_pdf("A secret"),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    page = open_page(path="/console/imports")
    page.locator("#files").set_input_files([tmp_path / name for name in files])
    expect(page.locator("#import-state")).to_contain_text("Imported", timeout=60_000)
    expect(page.get_by_label("Not imported").get_by_role("listitem")).to_have_count(2)
    settle(page)
    shoot(page, "import", TALL)


@pytest.mark.usefixtures("workshop")
def test_screenshot_of_activity(open_page: Open, stack: Stack, collection: str) -> None:
    record_day(stack.database_url, collection)
    write_illegible(stack, collection)
    page = open_page("&hours=24", path="/console/activity")
    expect(page.locator("#failures > li")).to_have_count(1, timeout=EMBEDDING_TIMEOUT_MS)
    settle(page)
    shoot(page, "activity", TALL)


def test_screenshots_of_access(open_page: Open, keys: Keys) -> None:
    page = open_page(path="/console/access")
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    shoot(page, "sign-in", PHONE_DARK)
    sign_in(page, keys.admin)
    keys.make("search", "ask", collections=("recipes", "notes-*"), name="website")
    keys.revoke(keys.make("documents.write", name="former importer"))
    tenant = {"name": "bindery", "weight": 2, "quotas": {"documents": 100_000}}
    keys.client.post("/v1/tenants", json=tenant)
    page.reload()
    expect(page.get_by_role("list", name="Tenants")).to_contain_text("bindery")
    page.locator("summary").get_by_text("Change").first.click()
    page.mouse.move(0, 0)
    shoot(page, "access")


@pytest.mark.usefixtures("workshop")
def test_screenshots_of_answers(open_page: Open, stack: Stack, collection: str) -> None:
    _search(stack, collection, QUESTION)  # its meaning is known then, as it is of frequent ones
    page = open_page(path="/console/ask")
    stack.chat.answer = lambda _: said(ANSWER)
    stack.chat.seconds_a_record = 0.02
    turn = ask(page, QUESTION)
    turn.locator(".measurements summary").click()
    page.evaluate("scrollTo(0, 0)")
    page.locator(".reference").first.hover()
    shoot(page, "ask")
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    turn.locator(".measurements summary").click()
    page.evaluate("document.activeElement.blur()")
    turn.evaluate("element => element.scrollIntoView()")
    shoot(page, "ask-phone", PHONE_LIGHT)
    page.get_by_role("button", name="New conversation").click()
    stack.chat.status = 404
    turn = ask(page, "Which glue can be undone, and how is it cooked?")
    expect(turn.locator(".measurements")).to_be_visible()
    shoot(page, "ask-dark", LOW_DARK)
    turn.locator(".reference").first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
    shoot(page, "ask-passage", LOW_DARK)


def test_screenshots_of_a_migration(
    open_page: Open, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    copies = [
        {"content": f"Copy {number}. {note['content']}", "metadata": note["metadata"]}
        for number in range(COPIES)
        for note in notes()
    ]
    clear(stack)
    stack.write(*notes(), *copies, collection=collection)
    stack.wait_until_embedded()
    _search(stack, collection, *QUESTIONS)
    page = open_page(path="/console/models")
    stack.proxy.fault = faults.only_embed(faults.slow(0.15))
    page.get_by_label("New model", exact=True).fill("wordllama")
    page.get_by_role("button", name="Start the migration").click()
    expect(page.locator("#figures")).to_contain_text("of the first ten", timeout=90_000)
    expect(page.locator("#embedded")).to_have_text(re.compile("^1.. of"), timeout=60_000)
    shoot(page, "models", TALL)


def _search(stack: Stack, collection: str, *questions: str) -> None:
    """Search as people do: the queries are known, and the results of two models can be compared."""
    with httpx.Client(base_url=stack.url, timeout=60, trust_env=False) as client:
        for question in questions:
            client.get("/v1/search", params={"collection": collection, "q": question})
