"""The list of documents, as tests find it."""

from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack
from tests.support.processes import eventually

PATH = "/console/documents"


def rows(page: Page) -> Locator:
    return page.locator(".document")


def row(page: Page, name: str) -> Locator:
    link = page.get_by_role("link", name=name, exact=True)
    return rows(page).filter(has=link)


def select(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_label(f"Select {name}", exact=True).check()


def selected(page: Page) -> list[str]:
    boxes = rows(page).get_by_role("checkbox", checked=True).all()
    return [(box.get_attribute("aria-label") or "").removeprefix("Select ") for box in boxes]


def show_only(page: Page, status: str) -> None:
    """Choose a status by its label: the click waits until the page stands still."""
    page.locator("#statuses label").filter(has_text=status).click()
    expect(page.get_by_role("radio", name=status, exact=True)).to_be_checked()


def open_collection_menu(page: Page) -> None:
    """Open the menu. While the list loads, its button may move away from under a click."""
    menu = page.locator("#collection-menu")

    def is_open() -> bool:
        if not menu.is_visible():
            page.get_by_role("button", name="Collection menu").click()
        return menu.is_visible()

    eventually(is_open, "the menu of the collection is open")


def stored(stack: Stack, collection: str) -> dict[str, dict[str, Any]]:
    """Return the documents of a collection by id."""
    query = {"collection": collection, "limit": "200"}
    answer = httpx.get(f"{stack.url}/v1/documents", params=query, trust_env=False)
    return {each["id"]: each for each in answer.raise_for_status().json()["items"]}
