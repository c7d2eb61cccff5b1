"""`make screenshots`: the console as it is, for docs/console.md."""

import time
from pathlib import Path
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, Watch
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.support import model_faults as faults
from tests.support.processes import ROOT

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
WARM_UP_SECONDS = 45.0
PATIENCE_MS = 60_000
QUESTIONS = ("how long until it is dry", "brown spots", "glue that can be undone", "small letters")
RECIPES = """{"title": "Size", "content": "Alum and gelatine, brushed on while warm."}
{"title": "Left open, "content": "Glue"}
{"title": "Rabbit-skin glue", "content": "Soak it overnight, and never let it boil."}
"""

Shape = tuple[tuple[int, int], Literal["light", "dark"]]
LIGHT: Shape = ((1280, 960), "light")
DARK: Shape = ((1280, 960), "dark")
THUMB: Shape = (PHONE, "light")
THUMB_DARK: Shape = (PHONE, "dark")


@pytest.fixture
def collection() -> str:
    return "workshop"


def shoot(page: Page, name: str, shape: Shape = LIGHT) -> None:
    size, scheme = shape
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    path: Path = IMAGES / f"console-{name}.png"
    page.screenshot(path=path)
    assert path.stat().st_size < MOST_BYTES, path


def write(page: Page, title: str, text: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(text)
    page.get_by_label("Text").press("Control+Enter")
    page.evaluate("document.activeElement.blur()")


def warm_up(stack: Stack, page: Page) -> None:
    """Give the charts something to draw: a while of what people do."""
    until = time.monotonic() + WARM_UP_SECONDS
    with httpx.Client(base_url=stack.url, timeout=10, trust_env=False) as client:
        while time.monotonic() < until:
            for number, question in enumerate(QUESTIONS):
                place = {"collection": "log", "q": f"{question} {time.monotonic():.0f}"}
                client.get("/v1/search", params=place)
                text = f"{question}, seen at {time.monotonic()}"
                client.put(f"/v1/documents/{number}?collection=log", json={"content": text})
            page.wait_for_timeout(400)


@pytest.mark.timeout(180)
def test_screenshots(
    open_page: Open, stack: Stack, collection: str, watch: Watch, tmp_path: Path
) -> None:
    watch.forgiven = "503"
    IMAGES.mkdir(exist_ok=True)
    stack.clear()
    page = open_page()
    shoot(page, "empty")
    stack.write(*notes(), collection=collection)
    warm_up(stack, page)
    _written(page, stack)
    _imported(page, stack, tmp_path)
    _searched(page)
    _degraded(page, stack)
    _failed(page, stack)


def _written(page: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    write(
        page,
        "Ink that has thickened",
        "A bottle left open overnight thickens. Thin it with distilled water, drop by drop.",
    )
    expect(page.get_by_label("Written just now")).to_contain_text("Pending")
    page.wait_for_timeout(400)
    shoot(page, "write")
    stack.proxy.heal()
    expect(page.get_by_label("Written just now")).to_contain_text("Ready", timeout=PATIENCE_MS)
    stack.settled()
    page.wait_for_timeout(2500)
    shoot(page, "ready")


def _imported(page: Page, stack: Stack, tmp_path: Path) -> None:
    recipes = tmp_path / "recipes.jsonl"
    recipes.write_text(RECIPES)
    marbling = tmp_path / "marbling.md"
    marbling.write_text("# Marbling\n\nColours float on carrageenan moss and are combed.")
    page.locator("#files").set_input_files([recipes, marbling])
    expect(page.locator("#import-counts")).to_have_text("3 accepted, 0 unchanged, 1 rejected")
    page.locator("#import").screenshot(path=IMAGES / "console-import.png")
    page.locator("#import-toggle").press("Enter")
    stack.settled()


def _searched(page: Page) -> None:
    page.get_by_label("What to search for").fill("how long until ink is dry")
    expect(page.get_by_label("Hits")).to_contain_text("Drying times by paper")
    page.wait_for_timeout(2500)
    shoot(page, "search")
    shoot(page, "search-dark", DARK)
    for name, shape in (("phone", THUMB), ("phone-dark", THUMB_DARK)):
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.locator("#search-title").evaluate("it => it.scrollIntoView()")
        shoot(page, name, shape)
    page.evaluate("scrollTo(0, 0)")


def _degraded(page: Page, stack: Stack) -> None:
    stack.proxy.refuse()
    expect(page.get_by_text("Ollama down")).to_be_visible()
    page.get_by_label("What to search for").fill("paper that curls")
    expect(page.get_by_text("By words alone: ")).to_be_visible()
    page.wait_for_timeout(2500)
    shoot(page, "degraded")
    stack.proxy.heal()
    expect(page.get_by_text("By words alone: ")).to_be_hidden()


def _failed(page: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_with("Illegible", faults.status(400, "no token of it is known"))
    page.get_by_label("What to search for").fill("")
    write(page, "A page from the cellar", "Illegible, for the mould was quicker than the ink.")
    expect(page.get_by_label("Written just now")).to_contain_text("Failed", timeout=PATIENCE_MS)
    write(page, "Mould", "Below half humidity it sleeps; it does not die.")
    expect(page.get_by_label("Written just now")).to_contain_text("Ready", timeout=PATIENCE_MS)
    page.get_by_label("Failed", exact=True).check(force=True)
    expect(page.locator(".document")).to_have_count(1)
    page.wait_for_timeout(2500)
    shoot(page, "failed")
