"""Which hits are shown, and in which order."""

import json
import re

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import DESK, PHONE, PageErrors
from tests.browser.hits.found import hits, write
from tests.browser.stack import Stack


def test_tags_and_facets_filter_and_conditions_can_be_removed(page: Page) -> None:
    facets = page.locator("#facets")
    repair = facets.get_by_role("button", name=re.compile("^repair"))
    expect(repair).to_have_text("repair2")
    hits(page).filter(has_text="Valves that leak").get_by_role("button", name="repair").click()
    expect(hits(page)).to_have_count(2)
    expect(repair).to_have_attribute("aria-pressed", "true")
    facets.get_by_role("button", name=re.compile("^seal")).click()
    expect(hits(page)).to_have_count(1)
    assert json.loads(httpx.URL(page.url).params["filter"]) == {"tags": {"all": ["repair", "seal"]}}
    page.get_by_role("button", name="Remove the condition tags is repair").press("Enter")
    expect(hits(page)).to_have_count(1)
    last = page.get_by_role("button", name="Remove the condition tags is seal")
    expect(last).to_be_focused()
    last.press("Enter")
    expect(hits(page)).to_have_count(3)
    expect(page.locator("#search-summary")).to_be_focused()
    assert "filter" not in httpx.URL(page.url).params


def test_counts_of_a_former_filter_are_not_waited_for(page: Page) -> None:
    repair = page.locator("#facets").get_by_role("button", name=re.compile("^repair"))
    expect(repair).to_have_text("repair2")

    def hold_counts(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        if not ("facets" in body and body["filter"]):
            route.continue_()

    page.route("**/v1/search", hold_counts)
    with page.expect_request(lambda each: "facets" in (each.post_data or "")):
        hits(page).filter(has_text="Valves that leak").get_by_role("button", name="repair").click()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Remove the condition tags is repair").click()
    expect(hits(page)).to_have_count(3)
    expect(repair).to_have_attribute("aria-pressed", "false")


def test_a_search_of_all_collections_names_the_collection_of_each_hit(
    page: Page, stack: Stack, collection: str
) -> None:
    write(stack, f"{collection}-other", "elsewhere", "A valve elsewhere that leaks quaintly")
    page.get_by_label("Search query").fill("quaintly")
    expect(page.get_by_text("No document has these words.")).to_be_visible()
    page.get_by_role("button", name="Search in all collections").click()
    expect(hits(page)).to_contain_text(f"Has the word quaintly. In {collection}-other.")
    page.reload()
    expect(page.get_by_label("Where to search")).to_have_value("all")
    expect(hits(page)).to_contain_text(f"Has the word quaintly. In {collection}-other.")


def test_hits_can_be_ordered_by_their_last_change(
    page: Page, stack: Stack, collection: str
) -> None:
    write(stack, collection, "newest", "Once a valve")
    page.get_by_label("Order", exact=True).select_option("Newest first")
    titles = hits(page).locator("h2")
    expect(titles).to_have_count(4)
    expect(titles.first).to_have_text("newest")
    expect(hits(page).locator("time")).to_have_count(4)
    page.get_by_label("Order", exact=True).select_option("Best first")
    expect(titles.first).to_have_text("Valves that leak")
    expect(hits(page).locator("time")).to_have_count(0)


def test_a_failed_search_can_be_tried_again(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "Failed to load resource"
    page.route("**/v1/search", lambda route: route.fulfill(status=500, body=""))
    page.get_by_label("Search query").fill("valve")
    expect(page.get_by_text("The API answered with status 500.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(hits(page)).to_have_count(3)


def test_hits_and_facets_are_accessible_and_fit_every_screen(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    hits(page).first.get_by_role("button", name="Details").click()
    hits(page).first.get_by_role("button", name="repair").click()
    expect(hits(page)).to_have_count(2)
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        if size == PHONE:
            page.get_by_role("button", name="Narrow down").click()
        expect(page.locator("#facets")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_tag_keeps_the_name_of_its_field(page: Page, stack: Stack, collection: str) -> None:
    fields = {"topic": "heating", "tags": ["winter"]}
    document = {"id": "boiler", "content": f"Boiler in {collection}", "metadata": fields}
    stack.write(document, collection=collection)
    page.get_by_label("Search query").fill(f"boiler {collection}")
    found = hits(page).filter(has_text="Boiler in")
    expect(found.get_by_role("list", name="Tags").get_by_role("button")).to_have_text(
        ["winter", "topic: heating"]
    )
    found.get_by_role("button", name="Details").click()
    expect(found.locator(".values li")).to_have_text(["winter"])
