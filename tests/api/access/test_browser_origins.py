"""Pages of listed origins may use tokens. Without a key or a token nothing changes for them."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr, ValidationError

from shared.config import Settings
from shared.domain.access.keys import new_key
from shared.domain.access.tokens import make_token
from tests.support import in_process

ADMIN = "a sentence of at least thirty-two characters"
SITE = "https://www.example.org"
OF_SITE = {"Origin": SITE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    changes = {"browser_origins": f"{SITE},https://other.example", "admin_key": SecretStr(ADMIN)}
    with in_process.client(settings.model_copy(update=changes)) as client:
        yield client


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_page_of_a_listed_origin_uses_a_key_and_reads_the_answer(client: TestClient) -> None:
    asked = OF_SITE | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    allowed = client.options("/v1/search", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == SITE
    answer = client.get("/v1/search?q=ink", headers=OF_SITE | bearer(ADMIN))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_it_reads_why_a_token_is_refused(client: TestClient) -> None:
    token = make_token(new_key().text)
    answer = client.get("/v1/search?q=ink", headers=OF_SITE | bearer(token))
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, SITE)


def test_without_a_key_its_requests_are_refused(client: TestClient) -> None:
    assert client.get("/v1/search?q=ink", headers=OF_SITE).status_code == 403
    assert client.get("/livez", headers=OF_SITE).status_code == 403


def test_other_origins_are_refused_with_a_key(client: TestClient) -> None:
    headers = OF_SITE | bearer(ADMIN) | {"Origin": "https://evil.example"}
    answer = client.get("/v1/search?q=ink", headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("wrong", ["*", "www.example.org", "https://example.org/page"])
def test_an_origin_is_a_scheme_and_a_host(wrong: str) -> None:
    with pytest.raises(ValidationError, match="must be an origin"):
        Settings(browser_origins=wrong)
