"""Tests of signing in: which keys are accepted, what a key hides, and what happens when it ends."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import access
from tests.browser.access import Keys, sign_in
from tests.browser.conftest import Open, PageErrors
from tests.browser.stack import Stack
from tests.browser.test_page import SCREENS, SMALL_TARGETS

pytestmark = pytest.mark.usefixtures("page_errors")
EVERYWHERE = "Object.values({...localStorage, ...sessionStorage}).concat(document.cookie, location)"


@pytest.fixture
def keys(stack: Stack, page_errors: PageErrors) -> Iterator[Keys]:
    page_errors.ignored = "401|403"
    with access.required(stack) as found:
        yield found


@pytest.fixture
def locked(open_page: Open, keys: Keys) -> Page:  # noqa: ARG001 - a key must exist
    """The console of a user who has not signed in."""
    return open_page(live=False)


def form(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Sign in")


def header(page: Page, name: str) -> Locator:
    return page.locator(".page-header").get_by_role("button", name=name)


def test_a_key_opens_the_page_until_the_user_signs_out(
    locked: Page, keys: Keys, collection: str
) -> None:
    page = locked
    keys.write({"content": "kept behind a lock"}, collection=collection)
    expect(form(page)).to_contain_text("This page needs a key.")
    expect(page.get_by_label("Documents, newest first")).to_be_empty()
    sign_in(page, f" {keys.admin}\n")
    expect(page.get_by_label("Documents, newest first")).to_contain_text("Ready")
    expect(page.get_by_text("Live updates on")).to_be_visible()
    header(page, "admin").click()
    expect(page.locator("#identity-help")).to_contain_text("Everything, as an operator")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Models").click()
    expect(header(page, "admin")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 1
    stored = page.evaluate("Object.values(localStorage).concat(document.cookie, location.href)")
    assert not any(keys.admin in text for text in stored)
    header(page, "Sign out").click()
    expect(form(page)).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    page.get_by_role("link", name="Console", include_hidden=True).evaluate("link => link.click()")
    expect(form(page)).to_be_visible()
    expect(page.get_by_label("Documents, newest first")).to_be_empty()
