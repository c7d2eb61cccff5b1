"""What the page shows before a search."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.hits.found import DOCUMENTS, delete, hits
from tests.browser.stack import Stack


def test_without_a_query_the_page_shows_what_was_changed_last(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write(*DOCUMENTS, collection=collection)
    page = open_page()
    recent = page.get_by_role("region", name="Recently changed")
    expect(recent.get_by_role("link")).to_have_count(3)
    delete(stack, collection, "seals")
    expect(recent.get_by_role("link")).to_have_count(2)
    page.get_by_label("Search query").fill("valve")
    expect(recent).to_be_hidden()


def test_an_empty_system_leads_to_a_first_hit_in_one_click(open_page: Open, stack: Stack) -> None:
    stack.clear()
    page = open_page()
    expect(page.get_by_role("link", name="New document")).to_have_attribute(
        "href", re.compile(r"^/console/document\?collection=.*&new$")
    )
    page.get_by_role("button", name="Write a sample document").click()
    expect(hits(page)).to_contain_text("About ink")
    expect(page.get_by_role("heading", name="There are no documents yet")).to_be_hidden()
