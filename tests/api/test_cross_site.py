"""Pages of other sites can neither call the API nor show its pages in a frame."""

import httpx
import pytest

from shared.domain.operations.cross_site import is_cross_site
from shared.domain.operations.security_headers import SECURITY_HEADERS
from tests.support import loopback

EVIL = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
IMAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FRAME = {**LINK, "Sec-Fetch-Dest": "iframe"}
FORMS = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
RETRIES = ("/v1/documents/retry?status=failed", "/v1/documents/x/retry")


@pytest.mark.parametrize("path", RETRIES)
@pytest.mark.parametrize(
    "headers", [EVIL, IMAGE, LINK, {"Origin": "null"}, {"Origin": "http://x:"}]
)
def test_a_foreign_page_cannot_retry(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    answer = client.post(path, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:inkdex:cross-site")


@pytest.mark.parametrize("path", ["/v1/documents", "/v1/documents/bulk", *RETRIES])
@pytest.mark.parametrize("form", FORMS)
def test_a_foreign_form_gets_415(client: httpx.Client, path: str, form: str) -> None:
    answer = client.post(path, content="a=b", headers={**EVIL, "Content-Type": form})
    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/v1/search?q=x", "/v1/events", "/metrics", "/console/icon.svg"])
@pytest.mark.parametrize("headers", [IMAGE, FRAME, {"Origin": "http://localhost:1"}])
def test_a_foreign_page_cannot_read(
    client: httpx.Client, path: str, headers: dict[str, str]
) -> None:
    assert client.get(path, headers=headers).status_code == 403


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/search?q=x"])
def test_links_of_other_sites_lead_to_pages(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers=LINK).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/", 200), ("/docs", 200), ("/redoc", 200), ("/openapi.json", 200), ("/livez", 200)),
        *(("/metrics", 200), ("/console/icon.svg", 200), ("/console/none", 404), ("/none", 404)),
    ],
)
def test_every_answer_has_the_security_headers(
    client: httpx.Client, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert value in answer.headers[name], name
    for headers in ({"Host": "evil.example"}, EVIL):
        assert client.get(path, headers=headers).headers["X-Content-Type-Options"] == "nosniff"


def test_own_pages_and_programs_are_served(client: httpx.Client, collection: str) -> None:
    host = str(client.base_url.netloc.decode())
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{host}"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": f"http://{host}"},
        {},
    ):
        path = f"/v1/documents/retry?status=failed&collection={collection}"
        assert client.post(path, headers=headers).status_code == 202


def test_a_proxy_may_replace_the_host_header() -> None:
    headers = {"origin": "http://search.example.org", "host": "api:8000"}
    assert is_cross_site("POST", headers)
    assert not is_cross_site("POST", headers, {"search.example.org"})
    assert is_cross_site("POST", {**headers, "origin": "http://search.example.org.evil"}, {"*"})


def test_the_event_stream_is_open_to_the_console(api: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/event-stream"}
    with loopback.client(api) as client, client.stream("GET", "/v1/events", headers=headers) as got:
        assert got.status_code == 200
