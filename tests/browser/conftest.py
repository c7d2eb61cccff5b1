"""Fixtures: one browser and one stack for all tests, a page and a collection for each test."""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from bench import chromium
from local.errors import StackError
from tests.browser import access, answers
from tests.browser import stack as stacks
from tests.browser.access import Keys
from tests.browser.stack import Stack
from tests.support import answer_server
from tests.support.answer_server import AnswerServer
from tests.support.databases import create_database, drop_database

DESK, PHONE = (1280, 900), (390, 844)

QUIET_PAGES = {"/console/ask", "/console/access"}
"""Pages whose tests do not wait for events."""

_numbers = itertools.count()
expect.set_options(timeout=15_000)

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Not session-scoped: Playwright allows no other event loop in this thread while it runs.
    with ExitStack() as started:
        try:
            browser = started.enter_context(chromium.running())
        except StackError as error:
            pytest.skip(str(error))
        yield browser


@pytest.fixture(scope="package")
def shared_stack(
    postgres_url: str, template: str, ollama_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    name = f"browser_{next(_numbers)}"
    database_url = create_database(postgres_url, name, template)
    with stacks.running(tmp_path_factory.mktemp(name), database_url, ollama_url) as stack:
        yield stack
    drop_database(postgres_url, name)


@pytest.fixture
def stack(shared_stack: Stack) -> Iterator[Stack]:
    """The stack. After the test, everything that the test broke is repaired."""
    yield shared_stack
    shared_stack.repair()


@pytest.fixture
def collection() -> str:
    return f"collection-{next(_numbers)}"


@dataclass
class PageErrors:
    """Records script errors, console warnings, and requests to other origins."""

    origin: str
    ignored: str = r"(?!)"
    found: list[str] = field(default_factory=list)

    def record(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("console", self._record_message)
        page.on("request", lambda request: self._record_request(request.url))

    def _record_request(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.found.append(f"request to {url}")

    def _record_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not re.search(self.ignored, message.text):
            self.found.append(f"{message.text} {message.location['url']}")


@pytest.fixture
def page_errors(stack: Stack) -> Iterator[PageErrors]:
    """Fail the test if its pages have errors, including violations of their security policy."""
    errors = PageErrors(stack.url)
    yield errors
    assert errors.found == []


@pytest.fixture
def open_page(
    browser: Browser, stack: Stack, page_errors: PageErrors, collection: str
) -> Iterator[Open]:
    """Open a page of the console, after `prepare`, with a screen of `size` and a colour scheme.

    `live`: return when the page receives events.
    """
    contexts = []

    def open_page(
        query: str = "",
        size: tuple[int, int] = DESK,
        scheme: str = "light",
        path: str = "/",
        *,
        live: bool = True,
        prepare: Callable[[Page], None] = lambda _: None,
        **options: object,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page_errors.record(page)
        page.clock.install()  # it runs in real time, and tests can move it forward
        prepare(page)
        page.goto(f"{stack.url}{path}?collection={collection}{query}")
        if path not in QUIET_PAGES and live:
            expect(page.locator("#components")).to_contain_text("Live updates on")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


@pytest.fixture
def server() -> Iterator[AnswerServer]:
    """A scripted API for questions."""
    with answer_server.running() as found:
        yield found


@pytest.fixture
def ask_page(open_page: Open, stack: Stack, collection: str, server: AnswerServer) -> Page:
    """The page of questions, about a collection with one document. The scripted API answers."""
    stack.write(answers.DOCUMENT, collection=collection)
    return open_page(path="/console/ask", prepare=lambda page: answers.redirect(page, server))


@pytest.fixture
def keys(stack: Stack, page_errors: PageErrors) -> Iterator[Keys]:
    """The API needs keys."""
    page_errors.ignored = "Failed to load resource"
    with access.required(stack) as found:
        yield found
