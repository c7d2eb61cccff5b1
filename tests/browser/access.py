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
    """The operator's client, which makes keys, and its key."""

    client: httpx.Client
    admin: str
    database_url: str

    def make(
        self, *actions: str, collections: tuple[str, ...] = ("*",), **fields: object
    ) -> dict[str, Any]:
        scopes = [{"actions": list(actions) or ["*"], "collections": list(collections)}]
        body = {"name": "a test", "scopes": scopes, **fields}
        made: dict[str, Any] = self.client.post("/v1/keys", json=body).raise_for_status().json()
        return made

    def change(self, key: dict[str, Any], *actions: str) -> None:
        scopes = [{"actions": actions, "collections": ["*"]}]
        answer = self.client.patch(f"/v1/keys/{key['id']}", json={"scopes": scopes})
        answer.raise_for_status()

    def revoke(self, key: dict[str, Any]) -> None:
        self.client.delete(f"/v1/keys/{key['id']}").raise_for_status()
        self._await_end(key)

    def end(self, key: dict[str, Any]) -> None:
        """Let a key expire now."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("UPDATE keys SET expires_at = now() WHERE id = %s", [key["id"]])
        self._await_end(key)

    def _await_end(self, key: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {key['key']}"}
        with loopback.client(str(self.client.base_url)) as client:
            client.headers.update(headers)
            _await_status(client, 401)

    def write(self, *documents: dict[str, Any], collection: str) -> None:
        query = {"collection": collection}
        answer = self.client.post("/v1/documents/bulk", params=query, json=documents)
        assert answer.raise_for_status().json()["rejected"] == []


@contextmanager
def required(stack: Stack) -> Iterator[Keys]:
    """Make the first key, an operator's. Afterwards, the API needs none again."""
    admin = first_key(stack)
    try:
        with loopback.client(stack.url) as client:
            client.headers["Authorization"] = f"Bearer {admin}"
            yield Keys(client, admin, stack.database_url)
    finally:
        forget(stack)


def first_key(stack: Stack) -> str:
    """Make a key of an operator. From now on, the API needs one."""
    scopes = [{"actions": ["*", "operator"], "collections": ["*"]}]
    with loopback.client(stack.url) as client:
        made = client.post("/v1/keys", json={"name": "admin", "scopes": scopes})
        key: str = made.raise_for_status().json()["key"]
        _await_status(client, 401)
    return key


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
