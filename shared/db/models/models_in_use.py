"""The models that workers need to know, with as few rows as there are models on the server."""

from collections.abc import Sequence
from typing import LiteralString

from shared.db.kit.pool import Connection
from shared.db.models.roles import IS_IN_USE
from shared.domain.refs import Tenant

# Tenants have models of their own. Those of the same name, prefixes and digest are one model to the
# server, and one of them stands for all.
_ONE_OF_EACH: LiteralString = f"""
SELECT min(m.id) AS id FROM embedding_models m WHERE {IS_IN_USE}
GROUP BY m.name, m.document_prefix, m.query_prefix, m.cut_dimensions, m.digest
"""
# What is owed under a previous model is then owed under the active one as well, and a rollback is
# complete. So is what is owed under a new model, and its cut-over need not wait for a quiet moment.
_GO_FIRST: LiteralString = """
WITH first AS (
    SELECT previous_model_id AS id FROM collections WHERE previous_model_id IS NOT NULL
    UNION SELECT to_model_id FROM model_migrations WHERE state = 'ready' AND NOT paused
)
SELECT m.id, m.tenant FROM embedding_models m JOIN first USING (id) ORDER BY m.id
"""


def one_of_each(connection: Connection) -> Sequence[int]:
    """Return the ids of models in use that differ from each other to the model server."""
    return [row["id"] for row in connection.execute(_ONE_OF_EACH)]


def go_first(connection: Connection) -> dict[int, Tenant]:
    """Return the models under which a document is embedded before others, with their tenants."""
    return {row["id"]: Tenant(row["tenant"]) for row in connection.execute(_GO_FIRST)}
