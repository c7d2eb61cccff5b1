"""The hits of a search."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.hits.found import DOCUMENTS, hits
from tests.browser.stack import Stack


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The hits of a search for a valve that leaks, by words."""
    stack.write(*DOCUMENTS, collection=collection)
    stack.wait_until_embedded()
    page = open_page("&q=valve+leak&mode=text")
    expect(hits(page)).to_have_count(3)
    return page
