"""Which hours and whose figures the charts show."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.access import Keys, sign_in
from tests.browser.activity.figures import ACTIVITY, ELSEWHERE, READY
from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.stack import Stack

HISTORY_MS = 60_000
ROOM_FOR_THE_LAST_TIME = """
Math.min(...[...document.querySelectorAll(".time-label")].map((label) => {
    const [card, picture] = [label.closest(".chart"), label.closest(".picture")];
    const [end, middle] = [card, picture].map((each) => each.getBoundingClientRect().right);
    return end - middle - label.getBBox().width / 2;
}))
"""
"""How far its label is from the edge if it is at the very end."""


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
