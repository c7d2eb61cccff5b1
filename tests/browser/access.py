"""Keys for tests of the console: the API asks for one from the first on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
from playwright.sync_api import Page, expect

from tests.browser.stack import Stack
from tests.support import loopback
from tests.support.processes import eventually


@dataclass
class Keys:
    """The operator's client, which makes keys."""

    client: httpx.Client
    admin: str

    def make(
        self, *actions: str, collections: tuple[str, ...] = ("*",), **fields: object
    ) -> dict[str, Any]:
        scopes = [{"actions": list(actions) or ["*"], "collections": list(collections)}]
        body = {"name": "a test", "scopes": scopes, **fields}
        made: dict[str, Any] = self.client.post("/v1/keys", json=body).raise_for_status().json()
        return made

    def revoke(self, key: dict[str, Any]) -> None:
        self.client.delete(f"/v1/keys/{key['id']}").raise_for_status()

    def write(self, *documents: dict[str, Any], collection: str) -> None:
        query = {"collection": collection}
        answer = self.client.post("/v1/documents/bulk", params=query, json=documents)
        assert answer.raise_for_status().json()["rejected"] == []


@contextmanager
def required(stack: Stack) -> Iterator[Keys]:
    """Make the first key, an operator's. Afterwards, the API needs none again."""
    scopes = [{"actions": ["*", "operator"], "collections": ["*"]}]
    with loopback.client(stack.url) as client:
        made = client.post("/v1/keys", json={"name": "admin", "scopes": scopes})
        admin = made.raise_for_status().json()["key"]
        _await_status(client, 401)
        client.headers["Authorization"] = f"Bearer {admin}"
        try:
            yield Keys(client, admin)
        finally:
            forget(stack)


def forget(stack: Stack) -> None:
    """Delete all keys, so that the API needs none."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM keys")
    with loopback.client(stack.url) as client:
        _await_status(client, 200)


def _await_status(client: httpx.Client, status: int) -> None:
    eventually(lambda: client.get("/v1/whoami").status_code == status, f"keys: {status}", 5)


def sign_in(page: Page, key: str) -> None:
    form = page.get_by_role("dialog", name="Sign in")
    form.get_by_label("Key", exact=True).fill(key)
    form.get_by_role("button", name="Sign in").click()
    expect(form).to_be_hidden()
