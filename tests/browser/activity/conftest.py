"""The page of activity, with and without a past."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.activity import figures
from tests.browser.activity.figures import ACTIVITY
from tests.browser.conftest import Open
from tests.browser.stack import Stack


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=ACTIVITY)


@pytest.fixture
def past(stack: Stack, collection: str) -> Iterator[None]:
    with figures.past(stack.database_url, collection):
        yield


@pytest.fixture
def day(past: None, open_page: Open) -> Page:  # noqa: ARG001 - it is there before the page
    """The charts of 24 hours."""
    return open_page("&hours=24", path=ACTIVITY)
