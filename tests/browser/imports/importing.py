"""Helpers for tests of the page of imports."""

import json
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.stack import Stack
from tests.support.pdf_files import pdf

PATH = "/console/imports"
LEFT_OUT = {
    ".git/", ".gitignore", "a.log", "drafts/", "node_modules/", "notes/.hidden.md",
    "notes/data.json", "notes/empty.txt", "notes/photo.png", "venv/",
}  # fmt: skip
"""What a page or a command leaves out of the library."""


def library(path: Path) -> Path:
    """A folder with files of many kinds, and with some that are left out."""
    texts = {
        "README": "About ink.",
        "notes/deep/Über Tinte.md": "# Tinte\n\nSie trocknet.",
        "notes/page.html": "<title>Paper</title><p>Paper is made of rags, and later of wood.</p>",
        "notes/rows.jsonl": '{"content": "one"}\n{"content": "two"}\n',
        "notes/data.json": "{}",
        "notes/empty.txt": "",
        "notes/.hidden.md": "secret",
        "notes/photo.png": "PNG",
        ".git/config.ini": "x",
        "node_modules/ink/index.js": "x",
        "venv/pyvenv.cfg": "x",
        "venv/lib.py": "x",
        ".gitignore": "drafts/\n*.log\n!kept.log\n",
        "drafts/a.md": "draft",
        "a.log": "left out",
        "kept.log": "kept",
    }
    for name, text in texts.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (path / "handbook.pdf").write_bytes(pdf(["Ink on the first page.", "Paper on the second."]))
    return path


def choose(page: Page, *files: Path) -> None:
    page.locator("#files").set_input_files(list(files))


def choose_folder(page: Page, folder: Path) -> None:
    page.locator("#folder").set_input_files(folder)


def send(stack: Stack, collection: str, **contents: bytes) -> None:
    """Import files and wait until they are read. An underscore is the dot of a name."""
    for name, content in contents.items():
        httpx.post(
            f"{stack.url}/v1/files",
            params={"collection": collection, "wait": 30},
            files=[("file", (name.replace("_", "."), content))],
            timeout=60,
            trust_env=False,
        ).raise_for_status()


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


def places(page: Page) -> set[str]:
    """Return the places of what was not imported."""
    return set(not_imported(page).locator("strong").all_text_contents())


def expect_without_skipped(page: Page, name: str) -> None:
    text = f"Imported {name}, without what was skipped."
    expect(page.locator("#import-state")).to_have_text(text, timeout=60_000)


def listed_imports(page: Page) -> Locator:
    """Return the rows of the imports, the newest first."""
    return page.get_by_label("Imports, newest first").get_by_role("listitem")
