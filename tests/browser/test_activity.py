"""Tests of the page of activity."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect
from psycopg.types.json import Jsonb

from tests.browser.access import Keys, sign_in
from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.stack import Stack
from tests.support import model_faults as faults

ACTIVITY = "/console/activity"
POLL_MS = 2000
"""The page reads the status this often."""
HISTORY_MS = 60_000
STEP = timedelta(minutes=5)
"""Of the points of 24 hours."""
READY, PENDING, FAILED = 41, 30, 2
ELSEWHERE = 7
"""In another collection, so many more became ready."""
HISTOGRAM_LENGTH = 10
PUT = """
INSERT INTO {table} ({of}, minute, failed, search, waiting, pending)
VALUES (%(of)s, %(minute)s, %(failed)s, %(counts)s, %(counts)s, %(pending)s)
"""
RAN = "INSERT INTO activity (tenant, minute, workers) VALUES ('', %s, 1)"

ROOM_FOR_THE_LAST_TIME = """
Math.min(...[...document.querySelectorAll(".time-label")].map((label) => {
    const [card, picture] = [label.closest(".chart"), label.closest(".picture")];
    const [end, middle] = [card, picture].map((each) => each.getBoundingClientRect().right);
    return end - middle - label.getBBox().width / 2;
}))
"""
"""How far its label is from the edge if it is at the very end."""


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=ACTIVITY)


@pytest.fixture
def past(stack: Stack, collection: str) -> Iterator[None]:
    """A step 20 hours ago has figures. The next step is a gap, then some follow."""
    begin = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=20)
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        for minute in (begin, begin + 2 * STEP):
            ready = READY if minute == begin else 0
            connection.execute(RAN, [minute])
            into = PUT.format(table="collection_activity", of="collection")
            connection.execute(into, _row(collection, minute, ready))
            into = PUT.format(table="activity", of="tenant")
            connection.execute(into, _row("default", minute, ready + ELSEWHERE))
        yield
        for table in ("activity", "collection_activity"):
            connection.execute(f"DELETE FROM {table} WHERE minute <= %s", [begin + 2 * STEP])


def _row(of: str, minute: datetime, ready: int) -> dict[str, Any]:
    counts = [0] * HISTOGRAM_LENGTH + [ready]
    pending = Jsonb({"interactive": PENDING, "bulk": 0, "backfill": 0})
    return {"of": of, "minute": minute, "failed": FAILED, "counts": counts, "pending": pending}


def figure(page: Page, name: str) -> Locator:
    return page.locator(".big-figure", has=page.get_by_text(name, exact=True))


def chart(page: Page, title: str) -> Locator:
    return page.locator(".chart", has=page.get_by_role("heading", name=title, exact=True))


def move_back(page: Page, plot: Locator, text: str | re.Pattern[str]) -> None:
    """Move the cursor from the latest figures until it shows a text."""
    plot.focus()
    for _ in range(300):
        if re.search(text, plot.get_attribute("aria-valuetext") or ""):
            return
        page.keyboard.press("ArrowLeft")
    raise AssertionError(f"nowhere {text}")


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


@pytest.mark.usefixtures("past")
def test_charts_show_the_figures_of_a_moment_by_keyboard(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    plot = page.get_by_role("slider", name="Documents, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    found = f"Ready {READY}, Pending {PENDING}, Failed documents {FAILED}"
    move_back(page, plot, found)
    expect(chart(page, "Documents").locator(".readings")).to_contain_text(f"Ready{READY}")
    expect(chart(page, "Searches").locator(".readings")).to_contain_text(f"Searches{READY}")
    expect(chart(page, "Waiting").locator(".readings")).to_contain_text(
        re.compile(r"Median[89]\.\d\sms")  # the bucket ends at ten milliseconds
    )
    page.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("not recorded"))
    page.keyboard.press("End")
    expect(plot).to_have_attribute("aria-valuenow", plot.get_attribute("aria-valuemax") or "")
    page.keyboard.press("Escape")
    expect(chart(page, "Documents").locator("figcaption")).to_contain_text("Latest")


@pytest.mark.usefixtures("past")
def test_the_figures_of_the_hours_are_added_up_above_the_charts(
    open_page: Open,
) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    totals = page.get_by_label("Added up")
    half = r"half within about 9\.\d\sms, 95.% within about \d+\.?\d*\sms"
    expect(totals).to_have_text(
        re.compile(
            f"Searches{READY}{half}Writes.*Became ready{READY}{half}Failed documents{2 * FAILED}"
        )
    )
    page.locator("#history-of label").last.click()
    expect(totals).not_to_contain_text(f"Became ready{READY}half")


@pytest.mark.usefixtures("past")
def test_a_value_without_neighbours_is_a_dot_that_can_be_seen(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    dots = chart(page, "Searches").locator("path.dots.half")
    expect(dots).to_have_attribute("d", re.compile(r"^M[\d.]+ [\d.]+h0$"))
    expect(dots).to_have_css("stroke-width", "7px")


@pytest.mark.usefixtures("past")
def test_charts_are_those_of_the_chosen_collection_or_of_all(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write({"content": "elsewhere"}, collection=f"{collection}-other")
    page = open_page("&hours=24", path=ACTIVITY)
    scope = page.locator("#history-scope")
    rows = page.get_by_role("table").locator("tbody tr")
    page.get_by_text("The same as a table").click()
    of_collection = rows.filter(has=page.get_by_role("cell", name=str(READY), exact=True))
    of_all = rows.filter(has=page.get_by_role("cell", name=str(READY + ELSEWHERE), exact=True))
    expect(scope).to_have_text(f"The last 24 hours in the collection {collection}.")
    expect(of_collection).to_have_count(1)
    page.get_by_role("radio", name="This collection").last.focus()
    page.keyboard.press("ArrowRight")
    expect(scope).to_have_text("The last 24 hours in all collections together.")
    expect(of_all).to_have_count(1)
    assert "history=all" in page.url
    page.reload()
    expect(scope).to_have_text("The last 24 hours in all collections together.")
    page.locator("#history-of label").first.click()
    expect(scope).to_have_text(f"The last 24 hours in the collection {collection}.")
    assert "history=" not in page.url
    page.get_by_label("Collection", exact=True).select_option(f"{collection}-other")
    expect(scope).to_have_text(f"The last 24 hours in the collection {collection}-other.")
    page.get_by_text("The same as a table").click()
    expect(rows).to_have_count(288)
    expect(of_collection).to_have_count(0)


def test_a_key_that_may_not_read_the_collection_sees_all_together(
    open_page: Open, keys: Keys, collection: str
) -> None:
    page = open_page(path=ACTIVITY, live=False)
    scopes = [
        {"actions": ["stats"], "collections": ["*"]},
        {"actions": ["documents.read"], "collections": [f"{collection}-other"]},
    ]
    sign_in(page, keys.make(scopes=scopes)["key"])
    scope = page.locator("#history-scope")
    expect(scope).to_have_text("The last hour in all collections together.")
    page.get_by_label("Collection", exact=True).select_option(f"{collection}-other")
    expect(scope).to_have_text(f"The last hour in the collection {collection}-other.")


@pytest.mark.usefixtures("past")
def test_charts_show_the_figures_under_the_pointer(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    plot = page.get_by_role("slider", name="Documents, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    move_back(page, plot, f"Ready {READY},")
    line = chart(page, "Documents").locator(".mark line")
    box = line.bounding_box()
    plot.blur()
    expect(line).to_have_count(0)
    assert box
    page.mouse.move(box["x"], box["y"] + 50)
    expect(plot).to_have_attribute("aria-valuetext", re.compile(f"Ready {READY},"))
    expect(chart(page, "Searches").locator(".mark line")).to_have_count(1)


@pytest.mark.usefixtures("past")
def test_the_first_tap_shows_the_figures_under_the_finger(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY, size=PHONE, has_touch=True, is_mobile=True)
    plot = page.get_by_role("slider", name="Waiting, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    plot.scroll_into_view_if_needed()
    box = plot.locator("svg.picture").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    index = int(plot.get_attribute("aria-valuenow") or -1)
    assert index == pytest.approx(288 / 4, abs=2)
    expect(plot).to_be_focused()
    expect(plot).to_have_attribute("aria-valuenow", str(index))


@pytest.mark.usefixtures("past")
def test_charts_have_a_band_where_nothing_was_recorded(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    bands = chart(page, "Searches").locator(".gap")
    expect(bands.nth(1)).to_be_attached()
    widths = [float((band.get_attribute("width") or "").rstrip("%")) for band in bands.all()]
    assert pytest.approx(100 / 288, abs=0.01) == min(widths)  # one of the steps of a day


@pytest.mark.usefixtures("past")
def test_the_figures_are_also_a_table(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY)
    expect(chart(page, "Documents").locator(".gap").first).to_be_attached()
    page.get_by_text("The same as a table").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(288)
    row = rows.filter(has=page.get_by_role("cell", name=str(READY), exact=True))
    expect(row).to_have_count(1)
    expect(row).to_contain_text(str(PENDING))
    expect(rows.filter(has_text="not recorded").first).to_be_attached()
    page.emulate_media(reduced_motion="reduce")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_last_moment_stays_in_its_card_and_is_whole(
    open_page: Open, size: tuple[int, int]
) -> None:
    page = open_page(path=ACTIVITY, size=size)
    expect(page.locator(".time-label").first).to_be_attached()
    assert page.evaluate(ROOM_FOR_THE_LAST_TIME) > 0
    expect(page.locator(".picture svg").first).to_have_css("overflow", "visible")


def test_the_length_of_the_history_is_in_the_address(page: Page) -> None:
    with page.expect_response(re.compile(r"/v1/activity\?hours=6")):
        page.locator("#hours label").filter(has_text="6 hours").click()
    assert "hours=6" in page.url
    with page.expect_response(re.compile(r"/v1/activity\?hours=6")):
        page.reload()
    expect(page.get_by_label("6 hours")).to_be_checked()


def test_the_history_is_read_every_minute_and_says_if_it_cannot_be(
    page: Page, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    state = page.locator("#history-state")
    plot = page.get_by_role("slider", name="Documents, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    page.route(
        "**/v1/activity?*", lambda route: route.fulfill(status=503, json={"detail": "Busy."})
    )
    page.clock.fast_forward(HISTORY_MS)
    expect(state).to_have_text(re.compile(r"Busy\. The charts end at \d"))
    page.unroute_all()
    page.clock.fast_forward(HISTORY_MS)
    expect(state).not_to_contain_text("Busy")


def test_failures_are_grouped_by_reason_and_lead_to_their_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    unreadable = [{"id": f"a/b {n}", "content": f"unreadable {n}"} for n in range(3)]
    stack.write(*unreadable, collection=collection)
    stack.write({"id": "apart", "content": "unreadable"}, collection=f"{collection}-other")
    reasons = page.get_by_label("Reasons").locator(".failure")
    scopes = page.locator("#failures-of label")
    expect(reasons).to_have_count(1)
    expect(scopes).to_contain_text(["This collection 3", re.compile(r"All \d")])
    expect(reasons).to_contain_text("The model server rejects this text.")
    expect(reasons).to_contain_text("3 documents")
    expect(reasons).to_contain_text("Another try is unlikely to help")
    link = reasons.get_by_role("link", name="a/b 2")
    expect(link).to_have_attribute("href", f"/console/document?collection={collection}&id=a%2Fb+2")
    expect(page.get_by_role("button", name="Retry all failed")).to_be_hidden()
    link.focus()
    page.locator("#failures-of label").filter(has_text="All").click()
    expect(reasons.get_by_role("link", name="apart")).to_be_visible()
    rejected = reasons.filter(has_text="The model server rejects this text.")
    expect(rejected).to_contain_text(f"apart in {collection}-other")
    page.get_by_label("Collection", exact=True).select_option("default")
    scopes.first.click()
    expect(page.locator("#failures-state")).to_have_text(
        re.compile(r"Nothing failed in this collection\. In others: \d+ failures\.")
    )
    scopes.last.click()
    assert "failures=all" in page.url
    stack.proxy.heal()


def test_what_may_pass_is_tried_again_together(page: Page, stack: Stack, collection: str) -> None:
    stack.proxy.fault = faults.only_with("unlucky", faults.runner_died)
    stack.write(*({"content": f"unlucky {n}"} for n in range(3)), collection=collection)
    expect(page.get_by_label("Reasons")).to_contain_text("3 documents", timeout=30_000)
    stack.proxy.heal()
    page.get_by_role("button", name="Retry all failed documents of this collection").click()
    expect(page.locator("#retry-result")).to_have_text("3 documents will be tried again.")
    expect(figure(page, "Ready").locator(".value")).to_have_text("3")
    expect(page.locator("#failures-state")).to_contain_text("Nothing failed in this collection.")
    expect(page.locator("#failures-title")).to_be_visible()


def test_only_what_is_shown_is_tried_again(
    page: Page, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    failure = {
        "kind": "document",
        "reason": "runner_died",
        "meaning": "It ended.",
        "count": 2,
        "newest_at": datetime.now(UTC).isoformat(),
        "retry_may_help": True,
        "examples": [{"collection": collection, "id": "a"}],
    }

    def answer(route: Route) -> None:
        if f"collection={collection}" in route.request.url:
            route.fulfill(json={"items": [failure], "complete": True, "counted_max": 9})
        else:
            route.fulfill(status=503, json={"detail": "Busy."})

    page.route("**/v1/failures*", answer)
    page.reload()
    retry = page.get_by_role("button", name="Retry all failed")
    expect(retry).to_be_visible()
    page.locator("#failures-of label").filter(has_text="All").click()
    expect(page.locator("#failures-state")).to_have_text("Busy.")
    expect(retry).to_be_hidden()
    expect(page.get_by_label("Reasons").locator(".failure")).to_have_count(0)


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
