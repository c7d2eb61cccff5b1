"""Helpers for tests of the page of imports."""

import json
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack

PATH = "/console/imports"


def choose(page: Page, *files: Path) -> None:
    page.locator("#files").set_input_files(list(files))


def choose_folder(page: Page, folder: Path) -> None:
    page.locator("#folder").set_input_files(folder)


def not_imported(page: Page) -> Locator:
    return page.get_by_label("Not imported").get_by_role("listitem")


def lines(path: Path, *documents: Any) -> Path:  # noqa: ANN401 - any JSON
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return path


def stored(stack: Stack, collection: str) -> dict[str, dict[str, Any]]:
    query: dict[str, str | int] = {"collection": collection, "limit": 200}
    answer = httpx.get(f"{stack.url}/v1/documents", params=query, trust_env=False)
    return {each["id"]: each for each in answer.raise_for_status().json()["items"]}


def expect_counts(page: Page, text: str) -> None:
    """Expect the whole account of an import."""
    expect(page.locator("#import-counts")).to_have_text(text, timeout=60_000)


def expect_ready(page: Page, name: str) -> None:
    text = f"Imported {name}. All of it is ready."
    expect(page.locator("#import-state")).to_have_text(text, timeout=60_000)
