"""Row-level security hides the keys and the audit of other tenants, even from their owner."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from shared.db.access import audit
from shared.db.kit.pool import Database
from shared.domain.documents.document import new_id

Connection = psycopg.Connection[tuple[object, ...]]
_numbers = count()


@pytest.fixture
def owner(database_url: str) -> Iterator[Connection]:
    """The owner of the tables, who is no superuser, as in most databases."""
    role = f"owner_{next(_numbers)}"
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("INSERT INTO embedding_models (name, state) VALUES ('m', 'retired')")
        admin.execute(
            "INSERT INTO tenants (name, model_id) SELECT 'acme', id FROM embedding_models"
        )
        for tenant in ("default", "acme"):
            _add_rows(admin, tenant)
        admin.execute(f"CREATE ROLE {role}")
        for table in ("keys", "audit"):
            admin.execute(f"ALTER TABLE {table} OWNER TO {role}")
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"SET ROLE {role}")
            yield connection
        for table in ("keys", "audit"):
            admin.execute(f"ALTER TABLE {table} OWNER TO CURRENT_USER")
        admin.execute(f"DROP ROLE {role}")


def _add_rows(connection: Connection, tenant: str) -> None:
    connection.execute(
        "INSERT INTO keys (id, tenant, name, hash, scopes, created_by)"
        " VALUES (%s, %s, '', sha256(''), '[]', '')",
        [f"key of {tenant}", tenant],
    )
    connection.execute(
        "INSERT INTO audit (id, tenant, actor, action, target) VALUES (%s, %s, '', '', '')",
        [new_id(), tenant],
    )


def visible(connection: Connection, table: str) -> list[object]:
    rows = connection.execute(f"SELECT tenant FROM {table} ORDER BY tenant").fetchall()
    return [tenant for (tenant,) in rows]


@pytest.mark.parametrize("table", ["keys", "audit"])
def test_a_transaction_sees_only_the_tenant_that_it_names(owner: Connection, table: str) -> None:
    assert visible(owner, table) == []
    for setting, tenants in (("acme", ["acme"]), ("*", ["acme", "default"]), ("", [])):
        with owner.transaction():
            owner.execute("SELECT set_config('inkdex.tenant', %s, true)", [setting])
            assert visible(owner, table) == tenants
    assert visible(owner, table) == []


def test_nothing_is_written_for_another_tenant(owner: Connection) -> None:
    owner.execute("SET inkdex.tenant = 'acme'")
    with pytest.raises(InsufficientPrivilege):
        _add_rows(owner, "default")
    changed = owner.execute("UPDATE keys SET name = 'mine' WHERE tenant = 'default'")
    assert changed.rowcount == 0
    with pytest.raises(InsufficientPrivilege):
        owner.execute("UPDATE keys SET tenant = 'default'")


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"]
)
def test_the_audit_is_append_only_even_for_a_superuser(
    owner: Connection, database_url: str, statement: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as superuser:
        for connection in (owner, superuser):
            connection.execute("SET inkdex.tenant = '*'")
            with pytest.raises(InsufficientPrivilege, match="append-only"):
                connection.execute(statement)


def test_the_purge_deletes_what_is_too_old(owner: Connection, database: Database) -> None:
    owner.execute("SET inkdex.tenant = '*'")
    owner.execute(
        "INSERT INTO audit (id, at, tenant, actor, action, target)"
        " VALUES (gen_random_uuid(), now() - interval '31 days', 'acme', 'old', '', '')"
    )
    with database.connection() as connection:
        assert audit.purge(connection, 32) == 0
        assert audit.purge(connection, 30) == 1
        assert audit.purge(connection, 30) == 0
    assert owner.execute("SELECT count(*) FROM audit").fetchone() == (2,)
