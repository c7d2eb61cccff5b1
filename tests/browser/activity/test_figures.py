"""The figures of the moment, and why a worker waits."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.activity.figures import figure
from tests.browser.conftest import PageErrors
from tests.browser.stack import Stack

POLL_MS = 2000
"""The page reads the status this often."""


def test_figures_are_those_of_the_chosen_collection(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write(*({"content": f"page {n}"} for n in range(12)), collection=collection)
    stack.write({"content": "elsewhere"}, collection=f"{collection}-other")
    stack.wait_until_embedded()
    expect(figure(page, "Ready").locator(".value")).to_have_text("12")
    expect(figure(page, "Ready")).to_contain_text("of 12")
    expect(figure(page, "Pending").locator(".value")).to_have_text("0")
    expect(figure(page, "Workers").locator(".value")).to_have_text("1")
    expect(figure(page, "Workers")).to_contain_text("nothing to do")
    page.get_by_label("Collection", exact=True).select_option(f"{collection}-other")
    expect(figure(page, "Ready").locator(".value")).to_have_text("1")
    assert page.get_by_role("link", name="Flower").get_attribute("href") == (
        stack.stats()["flower_url"] + "/"
    )


def test_a_collection_without_documents_has_zeros(page: Page) -> None:
    for name in ("Pending", "Ready", "Failed documents"):
        expect(figure(page, name).locator(".value")).to_have_text("0")
    expect(page.locator("#failures-state")).to_contain_text("Nothing failed in this collection.")


def test_old_figures_show_their_time(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "503"
    expect(figure(page, "Workers").locator(".value")).to_have_text("1")
    page.route("**/v1/stats", lambda route: route.fulfill(status=503, json={"detail": "Busy."}))
    age = page.get_by_text(re.compile(r"These figures are from \d"))
    page.clock.fast_forward(POLL_MS)
    expect(age).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.unroute_all()
    page.clock.fast_forward(POLL_MS)
    expect(age).to_be_hidden()


def test_the_page_says_why_a_worker_waits(page: Page, stack: Stack, collection: str) -> None:
    stack.proxy.refuse()
    stack.write({"content": "waits"}, collection=collection)
    parts = page.locator("#parts")
    expect(parts).to_contain_text("The worker is waiting for the model server.")
    expect(figure(page, "Workers")).to_contain_text("paused")
    expect(figure(page, "Pending").locator(".value")).to_have_text("1")
    expect(page.locator("#status-sentence")).to_have_text("Model server down")
    expect(page.get_by_label("Problems")).to_contain_text("Pending: 1 document.")
    stack.proxy.heal()
    expect(parts).to_contain_text("1 worker runs")
    expect(page.locator("#status-sentence")).to_have_text("All well")
