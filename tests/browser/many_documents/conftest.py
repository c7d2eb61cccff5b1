"""The list of a collection with thirty documents."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.document_list import PATH, rows
from tests.browser.stack import Stack


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    documents = (
        {
            "id": f"{n:02}",
            "content": f"leaf {n}",
            "metadata": {"even": n % 2 == 0, "large": 2**60 + n},
        }
        for n in range(30)
    )
    stack.write(*documents, collection=collection)
    page = open_page(path=PATH)
    expect(rows(page)).to_have_count(25)
    return page
