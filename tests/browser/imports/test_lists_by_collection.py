"""Tests of the lists on the page of imports: what they show, and how it is told apart."""

import re
from pathlib import Path
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.imports.importing import (
    PATH,
    choose,
    choose_folder,
    expect_counts,
    expect_ready,
    send,
)
from tests.browser.stack import Stack
from tests.support.pdf_files import locked_pdf

FILES = "Files"
IMPORTS = "Imports, newest first"


def test_all_numbers_of_an_import_agree(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    for number in range(12):
        (path / f"{number}.txt").write_text(f"Ink {number}")
    (path / "broken.pdf").write_bytes(locked_pdf("Ink"))
    (path / ".hidden").write_text("Ink")
    choose_folder(page, path)
    expect_counts(page, "12 of 13 files are searchable. 1 failed. 1 more was skipped.")
    for stage, figure in {
        "sent": "13 of 13 files · 1 skipped",
        "read": "12 of 13 files · 1 failed",
        "ready": "12 of 13 files · 1 failed",
    }.items():
        expect(page.locator(f"#stage-{stage} .stage-figure")).to_have_text(figure)
    row = page.get_by_label(IMPORTS).get_by_role("listitem").first
    expect(row).to_contain_text("1 failed, 1 skipped")
    expect(row).to_contain_text("12 of 13 items became searchable")


def test_the_imports_of_the_collection_are_listed_and_those_of_others_on_demand(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    for name in ("one.md", "two.md"):
        (tmp_path / name).write_text(name)
        choose(page, tmp_path / name)
        expect_ready(page, name)
    stack.write({"content": "Ink"}, collection=f"{collection}-other")
    bulk = f"{stack.url}/v1/documents/bulk?collection={collection}-other"
    httpx.post(bulk, json=[{"content": "Ink"}], trust_env=False).raise_for_status()
    page.reload()
    rows = page.get_by_label(IMPORTS).locator(".import-row")
    expect(rows).to_have_count(2)
    names = [row.text_content() for row in rows.locator(".name").all()]
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"\d{1,2}:\d\d:\d\d\s[AP]M", name or "") for name in names)
    page.get_by_role("radio", name="All collections").check()
    expect(rows.first.locator(".name")).to_contain_text(f"{collection}-other · ")
    expect(page).to_have_url(re.compile("imports=all"))
    page.reload()
    expect(rows.first.locator(".name")).to_contain_text(f"{collection}-other · ")


def test_a_collection_without_imports_says_so(page: Page) -> None:
    message = "Nothing was imported into this collection in the last seven days."
    expect(page.locator("#imports-message")).to_have_text(message)


def test_an_unknown_choice_in_the_address_is_that_of_the_collection(open_page: Open) -> None:
    page = open_page("&imports=elsewhere", path=PATH)
    expect(page.get_by_role("radio", name="This collection")).to_be_checked()
    expect(page.locator("#imports-message")).to_contain_text("Nothing was imported into this")


def test_imports_that_were_not_looked_at_are_not_said_to_be_missing(page: Page) -> None:
    page.route(
        "**/v1/imports?*", lambda route: route.fulfill(json={"items": [], "next_cursor": "on"})
    )
    page.reload()
    expect(page.locator("#imports-message")).to_have_text(
        "Only the latest 5,000 imports into all collections were looked at."
    )
    expect(page.locator("#more-imports")).to_be_hidden()


def test_failed_files_come_first_and_names_lead_to_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    send(stack, collection, locked_pdf=locked_pdf("Ink"), a_md=b"Ink of a", b_md=b"Ink of b")
    page.reload()
    listed = page.get_by_role("list", name=FILES, exact=True).get_by_role("listitem")
    expect(listed.locator(".name")).to_have_text(["locked.pdf", "b.md", "a.md"])
    expect(listed.first.get_by_role("link")).to_have_count(0)
    listed.get_by_role("link", name="a.md").click()
    expect(page.locator(".document .name")).to_have_text(["a"])


def test_a_file_leads_to_what_is_left_of_its_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    text = b"Ink dries. " * 60_000
    send(stack, collection, long_md=text)
    url = f"{stack.url}/v1/documents"
    params = {"collection": collection}
    parts = httpx.get(url, params=params, trust_env=False).json()["items"]
    assert len(parts) > 1
    left, *others = sorted(each["id"] for each in parts)
    for id_ in others:
        address = f"{url}/{quote(id_, safe='')}"
        httpx.delete(address, params=params, trust_env=False).raise_for_status()
    page.reload()
    listed = page.get_by_role("list", name=FILES, exact=True)
    listed.get_by_role("link", name="long.md").click()
    expect(page.locator("#narrowed-text")).to_contain_text("long.md")
    expect(page.locator(".document")).to_have_attribute("data-id", left)


def test_a_file_that_took_long_is_not_said_to_be_sent_twice(page: Page) -> None:
    script = """async (file) => {
        const { FileRow } = await import("/console/import/file_row.js");
        return new FileRow({}).update(file).about.textContent;
    }"""
    times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T01:00:00Z"}
    file = {"id": "a.md", "collection": "c", "status": "ready", "documents": 1, "bytes": 1}
    about = page.evaluate(script, file | times)
    assert "in the list since" in about
    assert "sent" not in about


def test_a_file_whose_text_is_gone_does_not_look_ready(
    page: Page, stack: Stack, collection: str
) -> None:
    send(stack, collection, a_md=b"Ink", b_md=b"Ink")
    url = f"{stack.url}/v1/documents/a.md?collection={collection}"
    httpx.delete(url, trust_env=False).raise_for_status()
    page.reload()
    listed = page.get_by_role("list", name=FILES, exact=True).get_by_role("listitem")
    expect(listed.first).to_have_attribute("data-status", re.compile("ready|pending"))
    expect(listed.last).to_contain_text(re.compile("deleted or moved.*not searchable"))
    expect(listed.last).to_have_attribute("data-status", "deleted")
    expect(listed.last.get_by_role("link")).to_have_count(0)


def test_ages_go_on_while_the_page_is_open(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    send(stack, collection, a_md=b"Ink")
    page.reload()
    ages = page.locator("time[data-age]")
    expect(ages.first).to_have_text(re.compile("just now| s ago"))
    page.route("**/v1/**", lambda route: route.abort())
    page.clock.fast_forward(61_000)
    expect(ages.first).to_have_text("1\u00a0min ago")
