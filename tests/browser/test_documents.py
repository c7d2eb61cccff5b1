"""Tests of writing, following, editing, deleting and retrying documents."""

import re

import httpx
import psycopg
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.stack import Stack
from tests.support import model_faults as faults

HTML = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><mark>bold</mark> &lt;i&gt;'


def write(page: Page, title: str, text: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Write", exact=True).click()


def statistic(page: Page, name: str) -> str:
    cell = page.locator(".statistic", has=page.get_by_text(name, exact=True))
    return cell.locator(".value").inner_text()


def test_the_status_bar_shows_the_statistics_of_the_api_and_the_database(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write(*({"content": f"page {n}"} for n in range(12)), collection=collection)
    stack.wait_until_embedded()
    with psycopg.connect(stack.database_url) as connection:
        stored = connection.execute("SELECT count(*) FROM documents").fetchone()
    assert stored
    expect(page.get_by_text(f"of {stored[0]:,}", exact=True)).to_be_visible()
    stats = stack.stats()
    assert statistic(page, "Ready") == f"{stats['documents']['ready']:,}"
    assert statistic(page, "Interactive queue") == str(stats["lanes"]["interactive"]) == "0"
    assert statistic(page, "Model") == stats["model"]["name"]
    assert page.get_by_role("link", name="Flower").get_attribute("href") == (
        stats["flower_url"] + "/"
    )
    waiting = page.locator(".chart", has_text="Waiting")
    expect(waiting.locator(".p50 dd")).to_have_text(re.compile(r"\d.*\sm?s"))


def test_the_forecast_says_when_the_queue_will_be_empty(
    page: Page,
) -> None:
    forecast = page.locator("#queue-forecast")
    given: list[float | None] = [None]

    def fulfil(route: Route) -> None:
        stats = route.fetch().json() | {"queue_empty_seconds": given[-1]}
        route.fulfill(json=stats)

    page.route("**/v1/stats", fulfil)
    expect(forecast).to_be_empty()
    given.append(480.2)
    expect(forecast).to_have_text("The queue will be empty in about 8\u00a0min.")
    given.append(None)
    expect(forecast).to_be_empty()


def test_the_page_says_whether_the_latency_targets_are_met(page: Page) -> None:
    said = page.locator("#latency-targets")
    measured: list[dict[str, float | None]] = [{}]

    def fulfil(route: Route) -> None:
        stats = route.fetch().json()
        for name, target in stats["targets"].items():
            found = measured[-1].get(name)
            met = None if found is None else found <= target["target_ms"]
            target.update(measured_ms=found, count=9, met=met)
        route.fulfill(json=stats)

    page.route("**/v1/stats", fulfil)
    expect(said).to_be_hidden()
    measured.append({"search_p50": 20, "search_p99": 480})
    expect(said).to_have_text("The latency targets are met.")
    measured.append({"search_p50": 20, "search_p99": 830, "first_token_p95": 2000})
    expect(said).to_have_text(
        "Searches are slower than the target: p99 830\u00a0ms, target 500\u00a0ms."
    )
    measured.append({"search_p50": 310, "search_p99": 830, "first_token_p95": 4200})
    expect(said).to_have_text(
        "Searches are slower than the target: p50 310\u00a0ms, target 200\u00a0ms; "
        "p99 830\u00a0ms, target 500\u00a0ms. "
        "Answers begin later than the target: p95 4.2\u00a0s, target 3.0\u00a0s."
    )


def test_the_problems_say_why_writes_are_refused(page: Page) -> None:
    def fulfil(route: Route) -> None:
        parts = route.fetch().json()
        parts["postgres"] = {
            "ok": False,
            "state": "disk_full",
            "detail": "PostgreSQL's disk is full. Reads work, writes do not.",
        }
        parts["worker"] = {"ok": False, "state": "paused", "detail": "paused: disk_full"}
        route.fulfill(json=parts)

    page.route("**/readyz", fulfil)
    expect(page.get_by_text("PostgreSQL disk full")).to_be_visible()
    expect(page.get_by_text("Worker paused")).to_be_visible()
    expect(page.get_by_label("Problems")).to_contain_text("New documents are refused.")


def show_only(page: Page, status: str) -> None:
    """Choose a status by its label: the click waits until the page stands still."""
    page.locator("#statuses label").filter(has_text=status).click()
    expect(page.get_by_label(status, exact=True)).to_be_checked()


def test_a_failed_document_shows_its_error_and_can_be_retried(page: Page, stack: Stack) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    write(page, "Bad luck", "unreadable")
    row = page.get_by_label("Documents, newest first").get_by_role("listitem").first
    expect(row).to_contain_text("rejected_by_model, 2 attempts")
    write(page, "Good luck", "readable")
    show_only(page, "Failed")
    expect(page.get_by_label("Documents, newest first").get_by_role("listitem")).to_have_count(1)
    stack.proxy.heal()
    page.get_by_role("button", name="Retry Bad luck").click()
    expect(page.get_by_text("No failed documents in this collection.")).to_be_visible()
    show_only(page, "Ready")
    expect(page.get_by_label("Documents, newest first")).to_contain_text("Bad luck")


def test_all_failed_documents_can_be_retried_together(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    stack.write(*({"content": f"unreadable {n}"} for n in range(3)), collection=collection)
    expect(page.get_by_text("rejected_by_model, 2 attempts")).to_have_count(3)
    stack.proxy.heal()
    page.get_by_role("button", name="Retry all failed").click()
    expect(page.locator(".document[data-status=ready]")).to_have_count(3)
    expect(page.get_by_role("button", name="Retry all failed")).to_be_hidden()


def test_the_list_has_pages(page: Page, stack: Stack, collection: str) -> None:
    documents = ({"id": f"{n:02}", "content": f"leaf {n}"} for n in range(20))
    stack.write(*documents, collection=collection)
    rows = page.get_by_label("Documents, newest first").get_by_role("listitem")
    expect(rows).to_have_count(15)
    expect(rows.first).to_contain_text("19")
    page.get_by_role("button", name="Older").click()
    expect(rows).to_have_count(5)
    expect(rows.last).to_contain_text("00")
    page.get_by_role("button", name="Newer").click()
    expect(rows).to_have_count(15)


def test_many_changes_cause_few_requests(page: Page, stack: Stack, collection: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    stack.write(*({"content": f"leaf {n}"} for n in range(200)), collection=collection)
    started = page.evaluate("performance.now()")
    stack.wait_until_embedded()
    expect(page.locator(".document[data-status=ready]")).to_have_count(15)
    seconds = (page.evaluate("performance.now()") - started) / 1000
    # 400 events: the page reads the list at most about once a second, and the list does not grow.
    assert sum("/v1/documents?" in url for url in requested) <= seconds + 3
    assert page.locator(".document").count() == 15


def test_an_empty_system_shows_the_onboarding(open_page: Open, stack: Stack) -> None:
    stack.clear()
    page = open_page()
    expect(page.get_by_role("heading", name="There are no documents yet")).to_be_visible()
    expect(page.get_by_label("Command")).to_contain_text(f"curl {stack.url}/v1/documents")
    page.get_by_role("button", name="Write a sample document").click()
    expect(page.get_by_label("Recent writes")).to_contain_text("Ready")
    expect(page.get_by_role("heading", name="There are no documents yet")).to_be_hidden()
    page.get_by_label("Search query").fill("how fast does it dry")
    expect(page.get_by_label("Hits")).to_contain_text("About ink")


def test_without_a_collection_in_the_url_one_with_documents_is_selected(
    open_page: Open, stack: Stack
) -> None:
    stack.clear()
    stack.write({"content": "elsewhere"}, collection="archive")
    page = open_page()
    page.goto(stack.url)
    expect(page.get_by_label("Collection", exact=True)).to_have_value("archive")
    expect(page.locator(".document")).to_have_count(1)
    page.get_by_label("Collection", exact=True).select_option("Another…")
    page.get_by_label("Name of another collection").fill("fresh")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No documents in this collection.")).to_be_visible()
    assert httpx.URL(page.url).params["collection"] == "fresh"
