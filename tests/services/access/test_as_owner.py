"""Whatever Inkdex does with keys and the audit passes the fence of a role that is no superuser."""

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from shared.config import Settings
from shared.db.access import audit
from shared.db.kit.pool import Database
from tests.support import in_process

PASSWORD = "owner"
_numbers = count()


@pytest.fixture
def owned(settings: Settings) -> Iterator[Settings]:
    """Settings that connect as the owner of the fenced tables."""
    url, role = settings.database_url.get_secret_value(), f"plain_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        admin.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
        admin.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
        for table in ("keys", "audit"):
            admin.execute(f"ALTER TABLE {table} OWNER TO {role}")
        admin.execute("INSERT INTO embedding_models (name, state) VALUES ('m', 'active')")
        parts = urlsplit(url)
        netloc = f"{role}:{PASSWORD}@{parts.hostname}:{parts.port}"
        as_owner = SecretStr(urlunsplit(parts._replace(netloc=netloc)))
        yield settings.model_copy(
            update={"database_url": as_owner, "database_direct_url": as_owner}
        )
        admin.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}")
        admin.execute(f"DROP ROLE {role}")


def test_keys_tenants_and_the_audit(owned: Settings) -> None:
    with in_process.client(owned) as client:
        first = _made(client, ["operator", "*"])
        client.headers["Authorization"] = f"Bearer {first['key']}"
        assert client.post("/v1/tenants", json={"name": "acme"}).status_code == 201
        theirs = _made(client, ["*"], tenant="acme")
        path = f"/v1/keys/{theirs['id']}"
        assert client.patch(path, json={"name": "b"}).status_code == 200
        assert client.post(f"{path}/revoke-tokens").status_code == 200
        rotated = client.post(f"{path}/rotate", json={"overlap_seconds": 9})
        assert {each["id"] for each in client.get("/v1/keys").json()["items"]} == {
            *(first["id"], theirs["id"]),
        }
        assert len(client.get("/v1/audit").json()["items"]) == 6
        client.headers["Authorization"] = f"Bearer {rotated.json()['key']}"
        assert [each["id"] for each in client.get("/v1/keys").json()["items"]] == [theirs["id"]]
        made = _made(client, ["search"])
        assert client.delete(f"/v1/keys/{made['id']}").status_code == 204
        deletion = client.delete("/v1/documents", params={"filter": '{"lang": "en"}'})
        assert deletion.json() == {"deleted": 0}
        entries = client.get("/v1/audit").json()["items"]
        assert [each["action"] for each in entries[:3]] == [
            *("documents.delete", "key.revoke", "key.create"),
        ]
        assert {each["tenant"] for each in entries} == {"acme"}


def test_the_purge(owned: Settings) -> None:
    with in_process.client(owned) as client:
        _made(client, ["operator"])
    database = Database(owned)
    database.open()
    with database.connection() as connection:
        assert audit.purge(connection, 1) == 0
        connection.execute("SET inkdex.tenant = '*'")
        connection.execute(
            "INSERT INTO audit (id, at, tenant, actor, action, target)"
            " VALUES (gen_random_uuid(), now() - interval '2 days', 'acme', '', '', '')"
        )
        connection.execute("RESET inkdex.tenant")
        assert audit.purge(connection, 1) == 1
    database.close()


def _made(client: TestClient, actions: list[str], **fields: str) -> dict[str, str]:
    body = {"name": "a", "scopes": [{"actions": actions}], **fields}
    answer = client.post("/v1/keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, str] = answer.json()
    return made
