"""Tests of the list of documents: what it shows, in which order, and that it follows changes."""

import json
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.document_list import PATH, row, rows, select, show_only
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS
from tests.support import model_faults as faults
from tests.support.pdf_files import locked_pdf, pdf

HTML = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><mark>bold</mark> &lt;i&gt;'


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH)


def counts(page: Page) -> list[str]:
    return page.locator("#statuses small").all_inner_texts()


def test_a_row_shows_what_a_document_is(page: Page, stack: Stack, collection: str) -> None:
    text = "# On ink\n\n## It dries   while you read this. " + "More of it. " * 500
    metadata = {"year": 2019, "tags": ["ink", "draft"], "note": None, "topic": "drying"}
    metadata |= {"printed": True, "read": True}
    metadata |= {"module": "On ink", "word": "ink", "state": "draft"}  # all of it is said already
    stack.write({"title": "On ink", "content": text, "metadata": metadata}, collection=collection)
    found = row(page, "On ink")
    expect(found.locator(".excerpt")).to_have_text(
        re.compile(r"^It dries\s+while you read this. More")
    )
    assert found.locator(".tag").all_inner_texts() == ["ink", "draft"]
    expect(found.locator(".tags small")).to_have_attribute(
        "title", "drying, read: true, year: 2019, printed: true"
    )
    expect(found.locator(".size")).to_have_text("6.0\u00a0kB")
    expect(found.locator("time")).to_have_text(re.compile("just now|ago"))
    expect(found.locator(".status")).to_have_text("ready")
    link = httpx.URL(found.get_by_role("link").get_attribute("href") or "")
    assert link.path == "/console/document"
    assert link.params["collection"] == collection
    assert link.params["id"]


def test_the_status_and_the_counts_follow_the_documents(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_embed(faults.slow(30))
    stack.write(
        *({"id": f"{n:02}", "content": f"leaf {n}"} for n in range(30)), collection=collection
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


def test_the_picker_reads_the_counts_again_when_it_is_opened(
    page: Page, stack: Stack, collection: str
) -> None:
    other = f"{collection}-other"
    picker = page.get_by_label("Collection", exact=True)
    stack.write({"content": "one"}, collection=other)
    expect(picker.locator("option").filter(has_text=other)).to_have_count(1)
    page.clock.fast_forward(3000)
    stack.write({"content": "two"}, collection=other)
    picker.focus()
    expect(picker.locator("option").filter(has_text=f"{other} · 2")).to_have_count(1)
    picker.select_option(other)
    expect(rows(page)).to_have_count(2)


def test_a_failed_document_shows_its_error_and_can_be_retried(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    bad = {"title": "Bad luck", "content": "unreadable"}
    stack.write(bad, {"title": "Good luck", "content": "readable"}, collection=collection)
    expect(row(page, "Bad luck")).to_contain_text(
        "can't embed this text: no known tokens. (2 attempts)"
    )
    show_only(page, "Failed documents")
    expect(rows(page)).to_have_count(1)
    stack.proxy.heal()
    page.get_by_role("button", name="Retry Bad luck").click()
    expect(page.get_by_text("Retrying Bad luck.")).to_be_visible()
    expect(page.get_by_text("No failed documents in this collection.")).to_be_visible()
    show_only(page, "Ready")
    expect(row(page, "Bad luck")).to_be_visible()


def test_files_that_could_not_be_read_are_found_from_the_list(
    open_page: Open, stack: Stack, collection: str
) -> None:
    params: dict[str, str | int] = {"collection": collection, "wait": 30}
    for files in (
        [("file", ("1.pdf", pdf(["Readable before."])))],
        [("file", (f"{n}.pdf", locked_pdf("Ink"))) for n in (1, 2)],
    ):
        answer = httpx.post(
            f"{stack.url}/v1/files", params=params, files=files, timeout=60, trust_env=False
        )
        answer.raise_for_status()
    stack.write({"content": "Ink dries."}, collection=collection)
    page = open_page(path=PATH)
    note = page.locator("#failed-files")
    expect(note).to_contain_text(
        "2 failed files: they could not be read, so they have no documents."
    )
    link = note.get_by_role("link", name="Show the files")
    denied = "document.documentElement.dataset.denied"
    page.evaluate(f"{denied} = 'documents.write'")
    expect(link).to_be_hidden()
    page.evaluate(f"delete {denied}")
    link.click()
    expect(page.get_by_role("radio", name="Failed files")).to_be_checked()
    listed = page.get_by_role("list", name="Files", exact=True).get_by_role("listitem")
    expect(listed).to_have_count(2)
    page.locator("#file-statuses label").first.click()
    expect(page).to_have_url(re.compile(rf"\?collection={collection}$"))


def test_a_new_collection_is_confirmed_by_a_tap(open_page: Open) -> None:
    page = open_page(size=PHONE, path=PATH)
    picker = page.get_by_label("Collection", exact=True)
    picker.select_option("")
    page.get_by_label("Name of a new or existing collection").fill("fresh")
    button = page.get_by_role("button", name="Select", exact=True)
    assert page.evaluate(SMALL_TARGETS) == []
    button.click()
    expect(picker).to_have_value("fresh")
    expect(picker).to_be_focused()
    expect(button).to_be_hidden()


def test_the_error_of_a_retry_stays_visible(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    stack.write({"title": "Ill luck", "content": "illegible"}, collection=collection)
    page.route(
        re.compile(r"/retry\?"),
        lambda route: route.fulfill(status=503, json={"detail": "Busy now."}),
    )
    page.get_by_role("button", name="Retry Ill luck").click()
    expect(page.locator("#list-message")).to_have_text("Busy now.")
    with page.expect_response(lambda answer: "/v1/documents?" in answer.url):
        stack.write({"content": "The list is read again."}, collection=collection)
    expect(page.locator("#list-message")).to_have_text("Busy now.")


def test_retry_all_retries_the_selected_collection_only(
    page: Page, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("illegible", faults.status(400, "no known tokens"))
    elsewhere = f"{collection}-elsewhere"
    stack.write(*({"content": f"illegible {n}"} for n in range(2)), collection=elsewhere)
    stack.wait_until_embedded()  # what failed is not pending any more
    retry = page.get_by_role("button", name="Retry all failed")
    expect(retry).to_be_hidden()
    page.get_by_label("Collection", exact=True).select_option(elsewhere)
    expect(page.get_by_text("can't embed this text: no known tokens. (2 attempts)")).to_have_count(
        2
    )
    expect(page.get_by_text("2 failed documents: they could not be embedded.")).to_be_visible()
    stack.proxy.heal()
    retry.press("Enter")
    expect(page.locator(".document[data-status=ready]")).to_have_count(2)
    expect(page.get_by_text("Retrying 2 documents of this collection.")).to_be_visible()
    expect(retry).to_be_hidden()
    expect(page.get_by_role("radio", name="All", exact=True)).to_be_focused()


def test_documents_are_never_rendered_as_html(page: Page, stack: Stack, collection: str) -> None:
    document = {"id": "<b>id</b>/../x?#", "title": HTML, "content": f"A bold text: {HTML}"}
    stack.write(document | {"metadata": {"<i>field</i>": "<u>value</u>"}}, collection=collection)
    expect(rows(page)).to_contain_text(HTML)
    expect(rows(page).locator(".tag")).to_have_text("<i>field</i>: <u>value</u>")
    rows(page).locator(".tag").click()
    expect(page.locator("#narrowed-text")).to_have_text("Filter: <i>field</i> is <u>value</u>")
    expect(rows(page)).to_have_count(1)
    assert page.locator("main :is(img, script, b, u, i, mark)").count() == 0
    assert page.evaluate("window.ran") is None


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


def test_a_tag_narrows_the_list(page: Page, stack: Stack, collection: str) -> None:
    tags = {"a": ["ink"], "b": ["ink", "2019"], "c": [2019]}
    documents = (
        {"id": id_, "content": id_, "metadata": {"tags": value, "or": "no field of a filter"}}
        for id_, value in tags.items()
    )
    stack.write(*documents, collection=collection)
    row(page, "b").locator(".tag", has_text="2019").click()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#narrowed-text")).to_have_text("Filter: tags is 2019")
    page.get_by_role("button", name="Show all").click()
    row(page, "a").locator(".tag").click()
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#range")).to_have_text("2 documents")
    row(page, "b").locator(".tag", has_text="2019").click()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#narrowed-text")).to_have_text("Filter: tags is ink and tags is 2019")
    show_only(page, "Failed documents")
    expect(page.get_by_text("No failed documents match the filter.")).to_be_visible()


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


def test_the_arrow_keys_move_in_the_list(page: Page, stack: Stack, collection: str) -> None:
    metadata = {"tags": ["ink"]}
    stack.write({"id": "a", "content": "a", "metadata": metadata}, collection=collection)
    stack.write({"id": "b", "content": "b", "metadata": metadata}, collection=collection)
    page.get_by_label("Select b", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Select a", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="a", exact=True)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="b", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(row(page, "b").locator(".tag")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#narrowed-text")).to_have_text("Filter: tags is ink")


def test_the_focus_moves_to_the_row_that_replaces_a_deleted_one(
    page: Page, stack: Stack, collection: str
) -> None:
    for id_ in "abc":
        stack.write({"id": id_, "content": f"leaf {id_}"}, collection=collection)
    expect(rows(page)).to_have_count(3)
    page.get_by_role("link", name="b", exact=True).focus()
    stack.write({"id": "d", "content": "leaf d"}, collection=collection)
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("link", name="b", exact=True)).to_be_focused()
    for id_, number, next_ in (("b", 3, "a"), ("a", 2, "c")):
        _delete(stack, collection, id_)
        expect(rows(page)).to_have_count(number)
        expect(page.get_by_role("link", name=next_, exact=True)).to_be_focused()
    _delete(stack, collection, "c")
    _delete(stack, collection, "d")
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()


def _delete(stack: Stack, collection: str, id_: str) -> None:
    query = {"collection": collection}
    httpx.delete(
        f"{stack.url}/v1/documents/{id_}", params=query, trust_env=False
    ).raise_for_status()


def test_an_empty_collection_leads_to_the_first_document(page: Page, collection: str) -> None:
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()
    new = httpx.URL(page.locator("#empty .new-document").get_attribute("href") or "")
    assert (new.path, new.params["collection"], "new" in new.params) == (
        "/console/document",
        collection,
        True,
    )
    imports = page.locator("#empty").get_by_role("link", name="Import files")
    expect(imports).to_have_attribute(
        "href", re.compile(rf"/console/imports\?collection={collection}$")
    )


def test_a_list_that_cannot_be_read_says_why_and_recovers(
    page: Page, stack: Stack, collection: str, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    stack.write({"id": "a", "content": "leaf"}, collection=collection)
    expect(rows(page)).to_have_count(1)
    page.route(
        "**/v1/documents?**", lambda route: route.fulfill(status=503, json={"detail": "Not now."})
    )
    page.get_by_role("button", name="Size", exact=True).click()
    expect(page.locator("#list-state")).to_have_text("Not now.")
    page.unroute_all()
    stack.write({"id": "b", "content": "leaf"}, collection=collection)
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#list-state")).to_be_empty()


def test_without_a_collection_in_the_url_the_largest_one_is_selected(
    open_page: Open, stack: Stack
) -> None:
    stack.clear()
    stack.write({"content": "elsewhere"}, collection="a-smaller-one")
    stack.write({"content": "ink"}, {"content": "paper"}, collection="archive")
    page = open_page(path=PATH)
    page.goto(f"{stack.url}{PATH}")
    expect(page.get_by_label("Collection", exact=True)).to_have_value("archive")
    expect(rows(page)).to_have_count(2)
    picker = page.get_by_label("Collection", exact=True)
    picker.select_option("New or other collection…")
    page.get_by_label("Name of a new or existing collection").fill("fresh")
    page.keyboard.press("Enter")
    expect(picker).to_be_focused()
    expect(page.locator("#collection-note")).to_contain_text("fresh is new.")
    expect(page.get_by_role("heading", name="This collection is empty")).to_be_visible()
    assert httpx.URL(page.url).params["collection"] == "fresh"
    picker.select_option("archive")
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#collection-note")).to_be_empty()


def test_the_page_fits_and_is_accessible_on_every_screen(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    long = {"id": "long", "title": "Long" + "g" * 300, "content": "unreadable " + "w" * 2000}
    long["metadata"] = {"tags": ["t" * 200, "b", "c"]}  # type: ignore[assignment]
    stack.write(*notes(), long, {"content": "unreadable"}, collection=collection)
    page, axe = open_page(path=PATH, reduced_motion="reduce"), Axe()
    expect(page.get_by_text("embed this text: no known tokens.").first).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    select(page, "Wheat paste", long["title"])
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.viewport_size == {"width": PHONE[0], "height": PHONE[1]}
    assert page.evaluate(SMALL_TARGETS) == []
