"""Tests of how the console's files are served. Tests of the page itself are in tests/browser."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from markupsafe import escape

from api.pages.contents import PAGES, Page
from api.routes.console import FOLDER

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
FILES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_the_policy_allows_only_the_same_origin(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"].startswith("text/html")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", FILES)
def test_files_have_a_content_type_and_an_etag(client: httpx.Client, name: str) -> None:
    response = client.get(f"/console/{name}")
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == TYPES[name[name.rindex(".") :]]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-cache"
    assert "content-security-policy" in response.headers
    again = client.get(f"/console/{name}", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_unchanged_page_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": tag}).status_code == 304
    assert client.get("/?collection=a", headers={"if-none-match": tag}).status_code == 200


HOSTILE = '"><script>alert(1)</script>'
PAGE_LINK = re.compile(r'href="(/(?:console/[a-z]+)?(?:\?[^"]*)?)"')


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_keep_its_collection_without_any_script(
    client: httpx.Client, page: Page
) -> None:
    html = client.get(page.path, params=[("collection", HOSTILE), ("collection", "b")]).text
    assert HOSTILE not in html
    links = [urlsplit(unescape(link)) for link in PAGE_LINK.findall(html)]
    assert {link.path for link in links} >= {other.path for other in PAGES} - {"/console/document"}
    assert {tuple(parse_qs(link.query)["collection"]) for link in links} == {(HOSTILE,)}
    assert f"<option>{escape(HOSTILE)}</option>" in html or not page.of_collection


@pytest.mark.parametrize("query", ["", "?collection=", f"?collection={'c' * 256}"])
def test_a_page_without_a_valid_collection_repeats_none(client: httpx.Client, query: str) -> None:
    assert "collection=" not in client.get(f"/{query}").text


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/app.py",
        "..%2fapp.py",
        "%2e%2e%2f%2e%2e%2f.env.example",
        "nothing.js",
        "app",
        "app/",
        "",
    ],
)
def test_no_other_files_are_served(client: httpx.Client, path: str) -> None:
    response = client.get(f"/console/{path}")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
