"""Tests of the line of status, which every page has on top, and of what it opens."""

from playwright.sync_api import Page, Route, expect


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
    page.locator("#status summary").click()
    components = page.get_by_label("Components")
    expect(components.get_by_text("PostgreSQL disk full")).to_be_visible()
    expect(components.get_by_text("Worker paused")).to_be_visible()
    expect(page.get_by_label("Problems")).to_contain_text("New documents are refused.")
