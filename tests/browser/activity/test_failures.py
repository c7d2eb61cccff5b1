"""Failures by their reasons, and another try of what may pass."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Page, Route, expect

from tests.browser.activity.figures import figure
from tests.browser.conftest import PageErrors
from tests.browser.stack import Stack
from tests.support import model_faults as faults


def test_failures_are_grouped_by_reason_and_lead_to_their_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    unreadable = [{"id": f"a/b {n}", "content": f"unreadable {collection} {n}"} for n in range(3)]
    stack.write(*unreadable, collection=collection)
    stack.write(
        {"id": "apart", "content": f"unreadable {collection}"}, collection=f"{collection}-other"
    )
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
    reasons = page.get_by_label("Reasons")
    expect(reasons).to_contain_text("3 documents", timeout=30_000)
    name = re.compile(r"^Untitled \([\da-f]{4}\)$")
    expect(reasons.get_by_role("link", name=name)).to_have_count(3)
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
