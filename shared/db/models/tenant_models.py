"""The model of a new tenant: a row of its own, so that no vector is shared with other tenants."""

from typing import LiteralString

from shared.db.kit.fetch import fetch_value_async
from shared.db.kit.pool import AsyncConnection
from shared.db.models.roles import DEFAULT_MODEL_OF
from shared.domain.refs import Tenant

# What the model server has said about the model is known already.
_COPY: LiteralString = f"""
INSERT INTO embedding_models (tenant, name, document_prefix, query_prefix, cut_dimensions,
    chunk_tokens, state, digest, dimensions, fingerprint)
SELECT %(tenant)s, name, document_prefix, query_prefix, cut_dimensions, chunk_tokens, 'retired',
    digest, dimensions, fingerprint
FROM embedding_models WHERE id = {DEFAULT_MODEL_OF.format(tenant="'default'")}
RETURNING id
"""


async def create(connection: AsyncConnection, tenant: Tenant) -> int | None:
    """Add a tenant's default model, a copy of that of the tenant `default`; return its id.

    None before the first worker has started.
    """
    found: int | None = await fetch_value_async(connection, _COPY, {"tenant": tenant.name})
    return found
