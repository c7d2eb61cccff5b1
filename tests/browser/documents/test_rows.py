"""A row shows what a document is, and the keyboard moves between them."""

import re

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.browser.corpus import notes
from tests.browser.document_list import PATH, row, rows, select, show_only
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS
from tests.support import model_faults as faults

HTML = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><mark>bold</mark> &lt;i&gt;'


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
        "title", "read: true, year: 2019, topic: drying, printed: true"
    )
    expect(found.locator(".size")).to_have_text("6.0\u00a0kB")
    expect(found.locator("time")).to_have_text(re.compile("just now|ago"))
    expect(found.locator(".status")).to_have_text("ready")
    link = httpx.URL(found.get_by_role("link").get_attribute("href") or "")
    assert link.path == "/console/document"
    assert link.params["collection"] == collection
    assert link.params["id"]


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


def test_a_phone_shows_as_many_tags(page: Page, stack: Stack, collection: str) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    metadata = {"tags": ["plants", "winter", "pots"], "topic": "heating"}
    document = {"id": "a", "content": f"Tags in {collection}", "metadata": metadata}
    stack.write(document, collection=collection)
    tags = row(page, "a").locator(".tags")
    expect(tags.get_by_role("button", name="winter")).to_be_visible()
    expect(tags.locator("small")).to_be_visible()
    expect(tags.locator("small")).to_have_attribute("title", "pots, topic: heating")


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


def test_the_page_fits_and_is_accessible_on_every_screen(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.proxy.fault = faults.only_with("unreadable", faults.status(400, "no known tokens"))
    long = {"id": "long", "title": "Long" + "g" * 300, "content": "unreadable " + "w" * 2000}
    long["metadata"] = {"tags": ["t" * 200, "b", "c"]}  # type: ignore[assignment]
    stack.write(*notes(), long, {"content": f"unreadable {collection}"}, collection=collection)
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
