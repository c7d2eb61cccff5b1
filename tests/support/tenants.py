"""Further tenants of a test."""

from shared.db.kit.pool import Database
from shared.domain.refs import Tenant

_ADD = """
WITH model AS (
    INSERT INTO embedding_models (tenant, name, document_prefix, query_prefix, cut_dimensions,
        chunk_tokens, state, digest, dimensions, fingerprint)
    SELECT %(tenant)s, name, document_prefix, query_prefix, cut_dimensions, chunk_tokens,
        'retired', digest, dimensions, fingerprint
    FROM embedding_models WHERE state = 'active' RETURNING id
)
INSERT INTO tenants (name, model_id, weight) SELECT %(tenant)s, id, %(weight)s FROM model
"""


def add_tenant(database: Database, name: str, weight: float = 1.0) -> Tenant:
    """Add a tenant with a copy of the default model."""
    with database.connection() as connection:
        connection.execute(_ADD, {"tenant": name, "weight": weight})
    return Tenant(name)
