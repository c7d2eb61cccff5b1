"""The list has pages, follows changes, and stays as it was chosen."""

import json

import httpx
from playwright.sync_api import Page, expect

from tests.browser.corpus import notes
from tests.browser.document_list import rows, show_only
from tests.browser.stack import Stack
from tests.support import model_faults as faults


def counts(page: Page) -> list[str]:
    return page.locator("#statuses small").all_inner_texts()


def test_the_status_and_the_counts_follow_the_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    stack.write(
        *({"id": f"{n:02}", "content": f"counted leaf {n}"} for n in range(30)),
        collection=collection,
    )
    expect(rows(page)).to_have_count(25)
    expect(rows(page).first).to_contain_text("pending")
    expect(page.locator("#count-pending")).to_have_text("30")
    expect(page.locator("#range")).to_have_text("1–25 of 30")
    stack.proxy.heal()
    expect(page.locator(".document[data-status=ready]")).to_have_count(25)
    expect(page.locator("#count-ready")).to_have_text("30")
    assert counts(page) == ["30", "0", "30", "0"]
    picker = page.get_by_label("Collection", exact=True)
    expect(picker.locator("option:checked")).to_have_text(f"{collection} · 30")


def test_many_changes_cause_few_requests(page: Page, stack: Stack, collection: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    stack.write(*({"content": f"leaf {n}"} for n in range(200)), collection=collection)
    started = page.evaluate("performance.now()")
    stack.wait_until_embedded()
    expect(page.locator(".document[data-status=ready]")).to_have_count(25)
    seconds = (page.evaluate("performance.now()") - started) / 1000
    # 400 events: the page reads the list at most about once a second, and the list does not grow.
    assert sum("/v1/documents?" in url for url in requested) <= seconds + 3
    assert sum(f"/v1/collections/{collection}" in url for url in requested) <= seconds + 3
    assert rows(page).count() == 25


def test_the_list_has_pages(page: Page, stack: Stack, collection: str) -> None:
    stack.write(
        *({"id": f"{n:02}", "content": f"leaf {n}"} for n in range(30)), collection=collection
    )
    expect(rows(page)).to_have_count(25)
    expect(rows(page).first).to_contain_text("29")
    page.get_by_role("button", name="Next").click()
    expect(rows(page)).to_have_count(5)
    expect(rows(page).last).to_contain_text("00")
    expect(page.locator("#range")).to_have_text("26–30 of 30")
    page.get_by_role("button", name="Previous").click()
    expect(rows(page)).to_have_count(25)


def test_the_way_back_from_a_document_leads_to_the_same_page(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.write(
        *({"id": f"{n:02}", "content": f"leaf {n}"} for n in range(30)), collection=collection
    )
    expect(rows(page)).to_have_count(25)
    page.get_by_role("button", name="Title", exact=True).click()
    expect(rows(page).first).to_contain_text("00")
    page.get_by_role("button", name="Next").click()
    expect(rows(page)).to_have_count(5)
    for _ in range(2):
        rows(page).last.get_by_role("link").click()
        page.get_by_role("link", name="Back to documents").click()
        expect(rows(page)).to_have_count(5)
        expect(rows(page).last).to_contain_text("29")
        expect(page.locator("#range")).to_have_text("26–30 of 30")
    page.reload()
    expect(page.locator("#range")).to_have_text("26–30 of 30")
    rows(page).last.get_by_role("link").click()
    expect(page.get_by_role("link", name="Back to documents")).to_be_visible()
    page.go_back()
    expect(page.locator("#range")).to_have_text("26–30 of 30")
    page.goto(f"{stack.url}/console/document?collection={collection}&id=00")
    page.get_by_role("link", name="Back to documents").click()
    expect(rows(page)).to_have_count(25)


def test_status_sort_and_filter_survive_a_reload(page: Page, stack: Stack, collection: str) -> None:
    stack.write(*notes(), collection=collection)
    stack.wait_until_embedded()
    page.get_by_role("button", name="Title", exact=True).click()
    show_only(page, "Ready")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Metadata field").fill("topic")
    page.get_by_label("Value", exact=True).fill("ink")
    found = (each for each in notes() if each["metadata"]["topic"] == "ink")
    wanted = [each["id"] for each in sorted(found, key=lambda each: each["title"].lower())]
    expect(rows(page)).to_have_count(len(wanted))
    for _ in range(2):
        assert [each.get_attribute("data-id") for each in rows(page).all()] == wanted
        query = httpx.URL(page.url).params
        assert (query["status"], query["sort"]) == ("ready", "title")
        assert json.loads(query["filter"]) == {"topic": {"eq": "ink"}}
        page.reload()
        expect(rows(page)).to_have_count(len(wanted))
    page.get_by_role("button", name="Show all").click()
    expect(rows(page)).to_have_count(len(notes()))
    assert "filter" not in httpx.URL(page.url).params
