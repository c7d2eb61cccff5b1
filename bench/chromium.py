"""The system's Chromium, without a window."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from local.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def running() -> Iterator[Browser]:
    """Run Chromium for the length of a `with` block. Raises StackError if it is not installed.

    Playwright allows no other event loop in this thread until the block ends.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise StackError("Chromium is not installed. On Debian run: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
