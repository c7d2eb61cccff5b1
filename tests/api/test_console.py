"""What the console's files are served as; what the page does is in tests/browser."""

import httpx
import pytest

from api.routes.console import FOLDER

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def test_the_page_may_load_nothing_but_itself(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_files_have_types_and_tags(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/console/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == TYPES[name[name.rindex(".") :]]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert "content-security-policy" in answer.headers
    again = client.get(f"/console/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_itself_is_not_sent_twice(client: httpx.Client) -> None:
    tag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "path", ["%2e%2e/app.py", "..%2fapp.py", "%2e%2e%2f%2e%2e%2f.env.example", "nothing.js", ""]
)
def test_nothing_else_is_served(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/console/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
