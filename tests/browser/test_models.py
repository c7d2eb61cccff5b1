"""Tests of the page of models: its form, running migrations, and all that it can show."""

import re
import time
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS, tab_to
from tests.support import model_faults as faults

HOSTILE = "<img src=x onerror=alert(1)>"
OLD = {
    "id": 1,
    "name": "all-minilm",
    "dimensions": 384,
    "chunk_tokens": 256,
    "document_prefix": "",
    "query_prefix": "",
}
NEW = OLD | {"id": 2, "name": HOSTILE + "x" * 200, "dimensions": 256, "document_prefix": HOSTILE}
RICH: dict[str, Any] = {
    "id": 7,
    "state": "filling",
    "paused": False,
    "from": OLD,
    "to": NEW,
    "cutover": "manual",
    "rollback_hours": 24.0,
    "allow_failed": [],
    "detail": f"2 documents fail. {HOSTILE}",
    "preflight": {
        "documents": 2500,
        "chunks": 9100,
        "tokens": 1_900_000,
        "chunks_per_second": 35.2,
        "seconds": 258.5,
        "dimensions": 256,
        "context_tokens": 512,
        "table_bytes": 5_400_000,
        "index_bytes": 8_300_000_000,
        "assumed": f"Its prefixes are not known. {HOSTILE}",
    },
    "progress": {
        "total": 2500,
        "embedded": 1000,
        "pending": 1498,
        "failed": 2,
        "failures": {"too_long": 1, HOSTILE: 1},
        "documents_per_second": 9.3,
        "seconds_left": 161.1,
        "index": "building index: loading tuples in tree",
    },
    "comparison": {"queries": 20, "overlap_at_10": 0.63},
    "actions": ["pause", "cutover", "abort"],
    "created_at": "2026-01-02T03:04:05Z",
    "filled_at": None,
    "switched_at": None,
    "rollback_until": None,
    "ended_at": None,
}
ENDED = RICH | {"id": 6, "state": "aborted", "actions": [], "ended_at": "2026-01-01T03:04:05Z"}


@pytest.fixture
def models_page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The page of models of a collection with some documents, opened from the main page."""
    stack.write(*notes(), collection=collection)
    stack.wait_until_embedded()
    page = open_page()
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_label("Collection", exact=True)).to_have_value(collection)
    expect(role(page, "active")).to_contain_text("all-minilm")
    return page


def role(page: Page, name: str) -> Locator:
    """The card of the model with this role."""
    return page.locator(".model-card", has=page.get_by_text(name, exact=True))


def start(page: Page, model: str, *, manual: bool = False) -> None:
    page.get_by_label("New model", exact=True).fill(model)
    if manual:
        page.get_by_label("When I say so").check(force=True)
    page.get_by_role("button", name="Start the migration").click()
    expect(page.get_by_role("heading", name=f"From all-minilm to {model}")).to_be_visible()


def press(place: Page | Locator, label: str, question: str) -> None:
    """Press a button and confirm."""
    place.get_by_role("button", name=label, exact=True).press("Enter")
    time.sleep(0.45)  # an earlier second press is part of a double click
    place.get_by_role("button", name=question).press("Enter")


def start_elsewhere(stack: Stack, collection: str) -> None:
    """Start a migration as another client of the API."""
    path = f"{stack.url}/v1/collections/{collection}/migrations"
    body = {"model": "wordllama", "cutover": "manual"}
    httpx.post(path, json=body, timeout=30, trust_env=False).raise_for_status()


def show(page: Page, collection: str, *migrations: dict[str, Any]) -> None:
    """Let the page read these migrations instead of the real ones."""
    items = [each | {"collection": collection} for each in migrations]
    models = {"name": collection, "model": OLD, "building": NEW, "previous": NEW}

    def answer(route: Route) -> None:
        route.fulfill(json=models | {"paused_reason": "model_changed"})

    page.route(f"**/v1/collections/{collection}", answer)
    page.route("**/migrations", lambda route: route.fulfill(json={"items": items}))


def test_a_migration_goes_forth_and_back_and_ends(models_page: Page, collection: str) -> None:
    page = models_page
    start(page, "wordllama")
    expect(page.locator("#state")).to_have_text("New model in use")
    expect(role(page, "active")).to_contain_text("wordllama")
    expect(role(page, "previous")).to_contain_text("all-minilm")
    expect(page.locator("#embedded")).to_contain_text("18 of 18 documents")
    press(page, "Go back", "Go back to the old model?")
    expect(page.locator("#state")).to_have_text("Went back")
    expect(page.locator("#migration-title")).to_be_focused()
    expect(role(page, "active")).to_contain_text("all-minilm")
    press(page, "Cut over", "Cut over?")
    expect(role(page, "active")).to_contain_text("wordllama")
    press(page, "Finish", "Delete the vectors of the other model?")
    ended = page.get_by_label("Ended migrations, newest first").get_by_role("listitem")
    expect(ended).to_contain_text(re.compile("all-minilm → wordllama.*Done.*18 documents embedded"))
    expect(role(page, "previous")).to_have_count(0)
    page.get_by_role("link", name="Search").click()
    expect(page.get_by_label("Collection", exact=True)).to_have_value(collection)


def test_a_migration_is_measured_before_it_is_started(
    models_page: Page, page_errors: PageErrors, collection: str
) -> None:
    page_errors.ignored = "422"
    page = models_page
    page.get_by_label("New model", exact=True).fill("wordllama")
    expect(page.locator("#start")).to_contain_text("says how long the migration would take.")
    expect(page.locator("#start")).to_contain_text(f"the collection {collection} only")
    expect(page.locator("#models-note")).to_have_text(
        f"The documents of {collection} are embedded by all-minilm."
    )
    expect(page.locator("#model-hint")).to_contain_text("Your collections use all-minilm")
    page.get_by_role("button", name="Measure first").click()
    expect(page.locator("#estimate")).to_have_text(
        re.compile(
            "18 documents would be embedded again: about 18 chunks with [0-9,]+ tokens. "
            "That takes about .* if nothing else is embedded. Nothing has been started."
        )
    )
    expect(page.get_by_role("button", name="Measure first")).to_be_focused()
    expect(page.get_by_role("heading", name="Change the model")).to_be_visible()
    page.get_by_label("New model", exact=True).fill("unknown")
    expect(page.locator("#estimate")).to_be_empty()
    page.get_by_role("button", name="Measure first").click()
    expect(page.locator("#model-error")).not_to_be_empty()


def test_a_migration_starts_while_it_is_measured(models_page: Page) -> None:
    page = models_page
    page.route(re.compile("/estimate$"), lambda _: None)  # is never answered
    page.get_by_label("New model", exact=True).fill("wordllama")
    with page.expect_request(re.compile("/estimate$")):
        page.get_by_role("button", name="Measure first").click()
    page.get_by_role("button", name="Start the migration").click()
    expect(page.locator("#start-error")).to_be_empty()
    expect(page.locator("#state")).to_have_text("New model in use")


def test_what_was_cut_over_and_given_up_after_going_back_was_not_just_aborted(
    models_page: Page, collection: str
) -> None:
    page, switched = models_page, {"switched_at": "2026-01-01T02:03:04Z"}
    show(page, collection, RICH | switched | {"state": "aborting", "actions": []}, ENDED | switched)
    expect(page.locator("#state")).to_have_text("Cleaning up")
    expect(page.locator("#state-sentence")).to_contain_text("Searches use the old one.")
    expect(page.get_by_label("Ended migrations, newest first")).to_contain_text("Went back")


def test_a_collection_without_documents_has_no_model(
    open_page: Open, page_errors: PageErrors
) -> None:
    page_errors.ignored = "404"
    page = open_page(path="/console/models")
    expect(page.get_by_text("No document yet, so no model is in use.")).to_be_visible()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_failures_are_explained_and_can_be_allowed(
    models_page: Page, stack: Stack, collection: str
) -> None:
    page = models_page
    stack.write({"id": "cellar", "content": "Illegible, for it is mouldy"}, collection=collection)
    stack.wait_until_embedded()
    stack.proxy.fault = faults.only_with("Illegible", faults.status(400, "no known tokens"))
    start(page, "wordllama")
    expect(page.locator("#failure-reasons")).to_have_text(
        "1 document: The model server rejects the text."
    )
    expect(page.locator("#detail")).to_contain_text("not under the former one: 1")
    page.get_by_text("Cut over although documents fail").click()
    page.get_by_label("Ids of documents that may fail").fill("cellar")
    press(page, "Cut over", "Cut over?")
    expect(page.locator("#state")).to_have_text("New model in use")


def test_a_migration_is_paused_resumed_and_aborted_by_keyboard(models_page: Page) -> None:
    page = models_page
    page.keyboard.press("Tab")
    page.locator(".skip-link").press("Enter")
    tab_to(page, "model")
    page.keyboard.type("wordllama")
    page.get_by_label("Automatic").press("ArrowRight")
    tab_to(page, "start-migration")
    page.keyboard.press("Enter")
    expect(page.locator("#migration-title")).to_be_focused()
    page.get_by_role("button", name="Pause").press("Enter")
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_focused()
    expect(page.locator("#state")).to_have_text("Paused")
    resume.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    press(page, "Abort", "Abort and delete?")
    expect(page.get_by_label("Ended migrations, newest first")).to_contain_text("Aborted")
    expect(page.get_by_label("New model", exact=True)).to_be_visible()


def test_the_form_shows_what_the_api_refuses(models_page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "422"
    page = models_page
    page.get_by_label("New model", exact=True).fill("all-minilm")
    page.get_by_label("Chunk size in tokens").fill("1")
    page.get_by_label("Hours to keep the old model").fill("-1")
    page.get_by_label("Hours to keep the old model").press("Enter")
    expect(page.locator("#chunk-tokens-error")).to_have_text("Must be at least 32.")
    expect(page.locator("#rollback-hours-error")).to_contain_text("Must be at least 0")
    expect(page.get_by_label("Chunk size in tokens")).to_be_focused()
    page.get_by_label("Chunk size in tokens").fill("")
    page.get_by_label("Hours to keep the old model").fill("1")
    expect(page.locator("#rollback-hours-error")).to_be_empty()
    page.get_by_role("button", name="Start the migration").click()
    expect(page.locator("#model-error")).to_have_text("The collection uses this model already.")
    page.get_by_text("Prefixes").click()
    page.get_by_label("Prefix of documents").fill("passage: ")
    page.get_by_label("Prefix of queries").fill("p" * 1001)
    page.get_by_label("New model", exact=True).fill("missing")
    page.get_by_label("New model", exact=True).press("Enter")
    expect(page.locator("#query-prefix-error")).to_contain_text("at most 1,000 characters")
    page.get_by_label("Prefix of queries").fill("none")
    page.get_by_label("New model", exact=True).press("Enter")
    expect(page.locator("#model-error")).to_contain_text("missing")
    assert Axe().run(page).violations_count == 0


def test_enter_in_the_form_measures_and_starts_nothing(
    models_page: Page, page_errors: PageErrors
) -> None:
    page_errors.ignored = "422"
    page = models_page
    page.get_by_label("New model", exact=True).fill("missing")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_label("New model", exact=True).press("Enter")
    assert sent.value.url.endswith("/estimate")


def test_a_refused_action_shows_why(
    models_page: Page, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "404"
    page = models_page
    show(page, collection, RICH | {"actions": ["pause"]})
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#action-error")).to_contain_text("no migration 7")
    expect(page.get_by_role("button")).not_to_have_count(0)


def test_the_page_polls_while_the_event_stream_is_down(
    models_page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    page = models_page
    page.route("**/v1/events", lambda route: route.abort())
    page.reload()
    expect(page.locator("#connection")).to_contain_text("Live updates are interrupted")
    start_elsewhere(stack, collection)
    expect(role(page, "building")).to_contain_text("wordllama")
    expect(page.locator("#state")).to_have_text("Before the cut-over")


def test_the_event_stream_tells_of_migrations(
    models_page: Page, stack: Stack, collection: str
) -> None:
    page = models_page
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))  # so that it does not poll
    start_elsewhere(stack, collection)
    expect(page.locator("#state")).to_have_text("Before the cut-over")
    expect(role(page, "building")).to_contain_text("wordllama")


def test_all_that_a_migration_shows_is_text_and_fits_every_screen(
    models_page: Page, collection: str
) -> None:
    page, axe = models_page, Axe()
    show(page, collection, RICH, ENDED)
    expect(page.locator("#detail")).to_have_text(RICH["detail"])
    expect(page.locator("#progress")).to_have_js_property("value", 0.4)
    for text in ("63 %", "9.3", "3 min", "8.3 GB", "building index: loading tuples in tree"):
        expect(page.locator(".figures").get_by_text(text, exact=True)).to_be_visible()
    expect(role(page, "active")).to_contain_text("It now serves a different model.")
    buttons = page.get_by_role("group", name="Actions").get_by_role("button")
    expect(buttons).to_have_text(["Pause", "Cut over", "Abort"])
    page.get_by_text("Cut over although documents fail").click()
    assert page.locator("img").count() == 0
    page.emulate_media(reduced_motion="reduce")
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
