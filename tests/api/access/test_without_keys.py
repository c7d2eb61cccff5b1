"""Before the first key exists, the API serves its own machine as an operator, and nobody else."""

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shared.config import Settings
from shared.domain.access.keys import new_key
from tests.api.access.test_keys import kind
from tests.support import in_process
from tests.support.processes import eventually

SEARCH = {"name": "a", "scopes": [{"actions": ["search"]}]}
OPERATOR = {"name": "a", "scopes": [{"actions": ["operator", "*"]}]}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_this_machine_is_the_operator_of_the_default_tenant(settings: Settings) -> None:
    with in_process.client(settings) as client:
        whoami = client.get("/v1/whoami").json()
        assert (whoami["tenant"], whoami["key"], whoami["keys_exist"]) == ("default", None, False)
        assert whoami["operator"] is True
        assert client.get("/metrics").status_code == 200
        # Clients of OpenAI always send a key.
        assert client.get("/v1/whoami", headers=bearer("sk-unused")).status_code == 200
        assert client.get("/v1/whoami", headers=bearer(new_key().text)).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("192.0.2.7", {}),
        ("::ffff:192.0.2.7", {}),
        ("", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1, 192.0.2.7"}),
        ("127.0.0.1", {"X-Forwarded-For": "unknown"}),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.7"}),
        ("127.0.0.1", {"Via": "1.1 a proxy that says no more"}),
        ("127.0.0.1", {"Forwarded": 'for="[2001:db8::7]:80";proto=https'}),
    ],
)
def test_other_machines_are_told_to_make_a_key(
    settings: Settings, address: str, headers: dict[str, str]
) -> None:
    with in_process.client(settings, address) as client:
        answer = client.get("/v1/documents", headers=headers)
        assert kind(answer) == (403, "no-keys-yet")
        assert "make key" in answer.json()["detail"]
        assert client.get("/livez").status_code == 200


def test_a_setting_opens_further_networks(settings: Settings) -> None:
    opened = settings.model_copy(update={"open_networks": "192.0.2.0/24"})
    with in_process.client(opened, "192.0.2.7") as client:
        assert client.get("/v1/whoami").status_code == 200
        forwarded = {"X-Forwarded-For": "192.0.2.9"}
        assert client.get("/v1/whoami", headers=forwarded).status_code == 200


def test_the_first_key_is_an_operators_and_closes_the_api(settings: Settings) -> None:
    with in_process.client(settings) as client:
        assert kind(client.post("/v1/keys", json=SEARCH)) == (409, "last-operator-key")
        soon = {"expires_at": "2099-01-01T00:00:00Z"}
        assert kind(client.post("/v1/keys", json=OPERATOR | soon)) == (409, "last-operator-key")
        assert client.get("/v1/whoami").json()["keys_exist"] is False
        made = client.post("/v1/keys", json=OPERATOR).json()
        _until_closed(client)
        assert kind(client.get("/v1/whoami")) == (401, "key-missing")
        headers = bearer(made["key"])
        assert client.get("/v1/whoami", headers=headers).json()["operator"] is True
        (entry,) = client.get("/v1/audit", headers=headers).json()["items"]
        assert entry["actor"] == {"id": "no key", "name": None}


def test_the_last_operator_does_not_lock_everybody_out_unawares(settings: Settings) -> None:
    with in_process.client(settings) as client:
        made = client.post("/v1/keys", json=OPERATOR).json()
        client.headers |= bearer(made["key"])
        path = f"/v1/keys/{made['id']}"
        for answer in (
            client.delete(path),
            client.patch(path, json={"scopes": SEARCH["scopes"]}),
            client.patch(path, json={"expires_at": "2099-01-01T00:00:00Z"}),
        ):
            assert kind(answer) == (409, "last-operator-key")
            assert "last=true" in answer.json()["detail"]
        assert client.get(path).json()["scopes"] == made["scopes"]
        other = client.post("/v1/keys", json=OPERATOR).json()
        assert client.delete(path).status_code == 204
        client.headers |= bearer(other["key"])
        last = f"/v1/keys/{other['id']}"
        assert client.delete(last, params={"last": "true"}).status_code == 204
        _until_closed(client)
        # All keys are revoked, and yet the API stays closed.
        del client.headers["Authorization"]
        assert kind(client.get("/v1/whoami")) == (401, "key-missing")


@pytest.mark.parametrize(
    "admin", [new_key().text, "a sentence of at least thirty-two characters"], ids=["key", "text"]
)
def test_a_key_of_the_settings_is_an_operators(settings: Settings, admin: str) -> None:
    keyed = settings.model_copy(update={"admin_key": SecretStr(admin)})
    with in_process.client(keyed) as client:
        assert kind(client.get("/v1/whoami")) == (401, "key-missing")
        assert kind(client.get("/v1/whoami", headers=bearer("x" * 40))) == (401, "key-invalid")
        client.headers |= bearer(admin)
        whoami = client.get("/v1/whoami").json()
        assert whoami["operator"] is True
        assert whoami["key"]["name"] == "INKDEX_ADMIN_KEY"
        made = client.post("/v1/keys", json=OPERATOR).json()
        assert client.delete(f"/v1/keys/{made['id']}").status_code == 204


def _until_closed(client: TestClient) -> None:
    """Wait until the API has noticed that its first key exists."""
    eventually(lambda: client.get("/v1/whoami").status_code == 401, "the API is closed", 5)
