"""The page of imports."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.imports.importing import PATH


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH)
