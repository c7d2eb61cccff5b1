"""The clients: `Inkdex` blocks, `AsyncInkdex` is awaited. Both have the same methods."""

import os
from types import TracebackType
from typing import Any, Self

import httpx

from inkdex.core.drivers import AsyncDriver, Driver
from inkdex.core.methods import D, Group, Iteration, Method
from inkdex.core.retries import Retries
from inkdex.operations import (
    access,
    answers,
    bulk,
    collections,
    documents,
    events,
    files,
    many,
    system,
)
from inkdex.operations import search as searches
from inkdex.version import __version__

DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


class Documents(Group[D]):
    """Documents, one or many."""

    create = Method(documents.create)
    put = Method(documents.put)
    patch = Method(documents.patch)
    get = Method(documents.get)
    timeline = Method(documents.timeline)
    chunks = Method(documents.chunks)
    delete = Method(documents.delete)
    list = Iteration(documents.list_documents)
    page = Method(documents.page)
    fetch = Method(documents.fetch)
    every = Method(many.every)
    states = Method(documents.states)
    store = Method(many.store)
    wait = Method(many.wait)
    bulk = Method(bulk.bulk)
    delete_where = Method(documents.delete_where)
    patch_where = Method(documents.patch_where)
    retry = Method(documents.retry)
    retry_failed = Method(documents.retry_failed)


class Collections(Group[D]):
    """Collections, and their documents as a whole."""

    list = Iteration(collections.list_collections)
    page = Method(collections.page)
    get = Method(collections.get)
    create = Method(collections.create)
    describe = Method(collections.describe)
    rename = Method(collections.rename)
    delete = Method(collections.delete)
    export = Iteration(collections.export)


class Migrations(Group[D]):
    """Changes of a collection's model."""

    start = Method(collections.start_migration)
    estimate = Method(collections.estimate_migration)
    list = Method(collections.migrations)
    get = Method(collections.migration)
    act = Method(collections.act_on_migration)


class Webhooks(Group[D]):
    """Where the changes of collections are sent."""

    list = Method(collections.webhooks)
    get = Method(collections.webhook)
    put = Method(collections.put_webhook)
    delete = Method(collections.delete_webhook)


class Files(Group[D]):
    """Uploaded files, of servers that have them."""

    upload = Method(files.upload)
    get = Method(files.get)
    list = Iteration(files.list_files)
    page = Method(files.page)
    delete = Method(files.delete)
    delete_unsent = Method(files.delete_unsent)
    retry = Method(files.retry)


class Imports(Group[D]):
    """Bulk imports and their progress, of servers that tell."""

    get = Method(files.get_import)
    list = Iteration(files.imports)
    page = Method(files.import_page)
    failed = Method(files.import_failures)
    add_skipped = Method(files.add_skipped)
    end = Method(files.end_import)
    rejected = Iteration(files.rejections)
    rejected_page = Method(files.rejection_page)
    wait = Method(files.wait_for_import)


class Keys(Group[D]):
    """Keys of the tenant."""

    list = Iteration(access.keys)
    page = Method(access.key_page)
    get = Method(access.key)
    create = Method(access.create_key)
    change = Method(access.change_key)
    revoke = Method(access.revoke_key)
    rotate = Method(access.rotate_key)
    revoke_tokens = Method(access.revoke_tokens)


class Tenants(Group[D]):
    """Tenants, for operators."""

    list = Iteration(access.tenants)
    page = Method(access.tenant_page)
    get = Method(access.tenant)
    create = Method(access.create_tenant)
    change = Method(access.change_tenant)


class Operations(Group[D]):
    """All that both clients can do."""

    search = Method(searches.search)
    similar = Method(searches.similar)
    embeddings = Method(searches.embeddings)
    models = Method(searches.models)
    ask = Method(answers.ask)
    ask_stream = Iteration(answers.ask_stream)
    ask_status = Method(answers.ask_status)
    events = Iteration(events.events)
    whoami = Method(access.whoami)
    usage = Method(access.usage)
    audit = Iteration(access.audit)
    audit_page = Method(access.audit_page)
    stats = Method(system.stats)
    activity = Method(system.activity)
    failures = Method(system.failures)
    ready = Method(system.ready)
    description = Method(system.description)

    def __init__(self, driver: D) -> None:
        super().__init__(driver)
        self.documents = Documents(driver)
        self.collections = Collections(driver)
        self.migrations = Migrations(driver)
        self.webhooks = Webhooks(driver)
        self.files = Files(driver)
        self.imports = Imports(driver)
        self.keys = Keys(driver)
        self.tenants = Tenants(driver)


class Inkdex(Operations[Driver]):
    """A client that blocks. It may be used by several threads."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        http: httpx.Client | None = None,
    ) -> None:
        """Make a client; `url` and `key` are those of INKDEX_URL and INKDEX_API_KEY otherwise.

        Raises ValueError for a URL that is not HTTP, or that holds a password, and for a key that
        is not printable ASCII.
        """
        self.http = http or httpx.Client(**connection(url, key), timeout=timeout)
        super().__init__(Driver(self.http, retries or Retries()))

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncInkdex(Operations[AsyncDriver]):
    """A client that is awaited. It belongs to one event loop."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        retries: Retries | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Make a client, as `Inkdex` does."""
        self.http = http or httpx.AsyncClient(**connection(url, key), timeout=timeout)
        super().__init__(AsyncDriver(self.http, retries or Retries()))

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def connection(url: str | None, key: str | None) -> dict[str, Any]:
    """Return the address and the headers of an HTTP client; raises ValueError."""
    url = (url or os.environ.get("INKDEX_URL") or DEFAULT_URL).strip()
    key = (key or os.environ.get("INKDEX_API_KEY") or "").strip()
    parsed = httpx.URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError("The URL of Inkdex must begin with http:// or https://.")
    if parsed.userinfo or parsed.query:
        raise ValueError("The URL of Inkdex must hold no password and no key.")
    if not key.isascii() or not key.isprintable():
        # An error of HTTP would name the key.
        raise ValueError("The key of Inkdex must be printable ASCII.")
    headers = {"user-agent": f"inkdex-python/{__version__}"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return {"base_url": url.rstrip("/"), "headers": headers}
