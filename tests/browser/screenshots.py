"""Takes the screenshots of docs/console.md.

Run it with `.venv/bin/python -m pytest tests/browser/screenshots.py`.
"""

import re
import time
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import Keys, sign_in
from tests.browser.answers import ask
from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.chat_server import said
from tests.support.paths import ROOT

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 200_000
COPIES = 30
TRAFFIC_SECONDS = 45.0
EMBEDDING_TIMEOUT_MS = 60_000
QUESTIONS = ("how long until it is dry", "brown spots", "glue that can be undone", "small letters")
RECIPES = """{"title": "Size", "content": "Alum and gelatine, brushed on while warm."}
{"title": "Left open, "content": "Glue"}
{"title": "Rabbit-skin glue", "content": "Soak it overnight, and never let it boil."}
"""

ANSWER = (
    "That depends on the paper. On uncoated paper ink dries within seconds [1]. On coated stock it "
    "“may smear for ten minutes or more”, and a little warmth halves that [1]. While it is fresh, "
    "you can still lift most ink with “distilled water or milk” [2]."
)

Screen = tuple[tuple[int, int], Literal["light", "dark"]]
LIGHT: Screen = ((1280, 960), "light")
TALL: Screen = ((1280, 1240), "light")
DARK: Screen = ((1280, 960), "dark")
LOW: Screen = ((1280, 780), "light")
LOW_DARK: Screen = ((1280, 600), "dark")
PHONE_LIGHT: Screen = (PHONE, "light")
PHONE_DARK: Screen = (PHONE, "dark")


@pytest.fixture
def collection() -> str:
    return "workshop"


def shoot(page: Page, name: str, screen: Screen = LIGHT) -> None:
    size, scheme = screen
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    path: Path = IMAGES / f"console-{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size < MAX_BYTES, path


def write(page: Page, title: str, text: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(text)
    page.get_by_label("Text").press("Control+Enter")
    page.evaluate("document.activeElement.blur()")


def send_traffic(stack: Stack, page: Page) -> None:
    """Search and write for a while, so that the charts have data."""
    until = time.monotonic() + TRAFFIC_SECONDS
    with httpx.Client(base_url=stack.url, timeout=10, trust_env=False) as client:
        while time.monotonic() < until:
            for number, question in enumerate(QUESTIONS):
                query = {"collection": "log", "q": f"{question} {time.monotonic():.0f}"}
                client.get("/v1/search", params=query)
                text = f"{question}, seen at {time.monotonic()}"
                client.put(f"/v1/documents/{number}?collection=log", json={"content": text})
            page.wait_for_timeout(400)


@pytest.mark.timeout(180)
def test_screenshots(
    open_page: Open, stack: Stack, collection: str, page_errors: PageErrors, tmp_path: Path
) -> None:
    page_errors.ignored = "503"
    IMAGES.mkdir(exist_ok=True)
    stack.clear()
    page = open_page()
    shoot(page, "empty")
    stack.write(*notes(), collection=collection)
    send_traffic(stack, page)
    _shoot_write(page, stack)
    _shoot_import(page, stack, tmp_path)
    _shoot_search(page)
    _shoot_degraded(page, stack)
    _shoot_failed(page, stack)


def _shoot_write(page: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    write(
        page,
        "Ink that has thickened",
        "A bottle left open overnight thickens. Thin it with distilled water, drop by drop.",
    )
    expect(page.get_by_label("Recent writes")).to_contain_text("Pending")
    page.wait_for_timeout(400)
    shoot(page, "write")
    stack.proxy.heal()
    expect(page.get_by_label("Recent writes")).to_contain_text(
        "Ready", timeout=EMBEDDING_TIMEOUT_MS
    )
    stack.wait_until_embedded()
    page.wait_for_timeout(2500)
    shoot(page, "ready")


def _shoot_import(page: Page, stack: Stack, tmp_path: Path) -> None:
    recipes = tmp_path / "recipes.jsonl"
    recipes.write_text(RECIPES)
    marbling = tmp_path / "marbling.md"
    marbling.write_text("# Marbling\n\nColours float on carrageenan moss and are combed.")
    page.locator("#files").set_input_files([recipes, marbling])
    expect(page.locator("#import-counts")).to_have_text("3 accepted, 0 unchanged, 1 rejected")
    page.locator("#import").screenshot(path=IMAGES / "console-import.png")
    page.locator("#import-toggle").press("Enter")
    stack.wait_until_embedded()


def _shoot_search(page: Page) -> None:
    page.get_by_label("Search query").fill("how long until ink is dry")
    expect(page.get_by_label("Hits")).to_contain_text("Drying times by paper")
    page.wait_for_timeout(2500)
    shoot(page, "search")
    shoot(page, "search-dark", DARK)
    for name, screen in (("phone", PHONE_LIGHT), ("phone-dark", PHONE_DARK)):
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.locator("#search-title").evaluate("element => element.scrollIntoView()")
        shoot(page, name, screen)
    page.evaluate("scrollTo(0, 0)")


def _shoot_degraded(page: Page, stack: Stack) -> None:
    stack.proxy.refuse()
    expect(page.get_by_text("Model server down")).to_be_visible()
    page.get_by_label("Search query").fill("paper that curls")
    expect(page.get_by_text("Results match words only")).to_be_visible()
    page.wait_for_timeout(2500)
    shoot(page, "degraded")
    stack.proxy.heal()
    expect(page.get_by_text("Results match words only")).to_be_hidden()


def _shoot_failed(page: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_with("Illegible", faults.status(400, "no known tokens"))
    page.get_by_label("Search query").fill("")
    write(page, "A page from the cellar", "Illegible, for the mould was quicker than the ink.")
    expect(page.get_by_label("Recent writes")).to_contain_text(
        "Failed", timeout=EMBEDDING_TIMEOUT_MS
    )
    write(page, "Mould", "Below half humidity it sleeps; it does not die.")
    expect(page.get_by_label("Recent writes")).to_contain_text(
        "Ready", timeout=EMBEDDING_TIMEOUT_MS
    )
    page.get_by_label("Failed", exact=True).check(force=True)
    expect(page.locator(".document")).to_have_count(1)
    page.wait_for_timeout(2500)
    shoot(page, "failed")


@pytest.mark.timeout(180)
def test_screenshots_of_a_migration(
    open_page: Open, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    copies = [
        {"content": f"Copy {number}. {note['content']}", "metadata": note["metadata"]}
        for number in range(COPIES)
        for note in notes()
    ]
    stack.write(*notes(), *copies, collection=collection)
    stack.wait_until_embedded()
    _search(stack, collection)
    page = open_page()
    page.get_by_role("link", name="Models").click()
    stack.proxy.fault = faults.only_embed(faults.slow(0.15))
    page.get_by_label("New model", exact=True).fill("wordllama")
    page.get_by_role("button", name="Start the migration").click()
    expect(page.locator("#figures")).to_contain_text("of the first ten", timeout=60_000)
    expect(page.locator("#embedded")).to_have_text(re.compile("^[234].. of"), timeout=60_000)
    shoot(page, "models", TALL)


def _search(stack: Stack, collection: str) -> None:
    """Search as people do, so that the results of two models can be compared."""
    with httpx.Client(base_url=stack.url, timeout=10, trust_env=False) as client:
        for question in QUESTIONS:
            client.get("/v1/search", params={"collection": collection, "q": question})


@pytest.mark.timeout(180)
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
    shoot(page, "access", TALL)


@pytest.mark.timeout(180)
def test_screenshots_of_answers(open_page: Open, stack: Stack, collection: str) -> None:
    stack.write(*notes(), collection=collection)
    stack.wait_until_embedded()
    page = open_page(path="/console/ask")
    stack.chat.answer = lambda _: said(ANSWER)
    stack.chat.seconds_a_record = 0.02
    turn = ask(page, "How long until ink is dry?")
    turn.locator(".measurements summary").click()
    page.locator(".reference").first.hover()
    shoot(page, "ask", LOW)
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
