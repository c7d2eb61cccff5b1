"""One browser and one stack for the whole folder, a page and a collection for each test."""

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
from tests.browser import stack as stacks
from tests.browser.stack import Stack
from tests.conftest import create_database, drop_database

DESK, PHONE = (1280, 900), (390, 844)

_numbers = itertools.count()
expect.set_options(timeout=15_000)

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Not for the whole run: while it lasts, no other event loop may run in this thread.
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
    """The stack, well again after whatever a test does to it."""
    yield shared_stack
    shared_stack.heal()


@pytest.fixture
def collection() -> str:
    return f"shelf-{next(_numbers)}"


@dataclass
class Watch:
    """What a page must not do: fail, complain, or speak to anybody but its own origin."""

    origin: str
    forgiven: str = r"(?!)"
    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self.hear)
        page.on("request", lambda request: self.see(request.url))

    def see(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.complaints.append(f"asked {url}")

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"} and not re.search(self.forgiven, said.text):
            self.complaints.append(said.text)


@pytest.fixture
def watch(stack: Stack) -> Iterator[Watch]:
    """Fails the test for whatever its pages complain of, violations of their policy included."""
    watch = Watch(stack.url)
    yield watch
    assert watch.complaints == []


@pytest.fixture
def open_page(browser: Browser, stack: Stack, watch: Watch, collection: str) -> Iterator[Open]:
    """Open the console; `size` and `scheme` are the screen's."""
    contexts = []

    def open_page(
        query: str = "", size: tuple[int, int] = DESK, scheme: str = "light", **options: object
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        page.goto(f"{stack.url}/?collection={collection}{query}")
        expect(page.get_by_text("Live changes on")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()
