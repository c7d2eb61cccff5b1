"""Chromium without a window, as the system installed it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from local.errors import StackError

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def running() -> Iterator[Browser]:
    """Run it for the length of a `with` block; raises StackError where there is none.

    While it lasts, no other event loop may run in this thread.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise StackError("No Chromium is installed; on Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
