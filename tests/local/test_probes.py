"""What the start of the local stack reads from the database."""

import psycopg
from psycopg.rows import dict_row

from local.servers.probes import stored_models
from shared.db.models import embedding_models
from shared.domain.models.identity import ModelIdentity

_WITH_A_DOCUMENT = """
WITH new AS (INSERT INTO documents (collection, id, content, metadata, content_hash, lane)
    VALUES ('old', 'd', 'text', '{}', sha256('text'), 'bulk') RETURNING key, content_hash)
INSERT INTO embeddings (document_key, model_id, version, content_hash, chunks)
SELECT key, %s, 1, content_hash, 1 FROM new
"""


def test_a_database_without_tables_has_no_models(postgres_url: str) -> None:
    assert stored_models(postgres_url) == (None, frozenset())


def test_a_default_model_counts_once_it_has_embedded(database_url: str) -> None:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        embedding_models.adopt(connection, ModelIdentity("first"))
    assert stored_models(database_url) == (None, frozenset())


def test_models_of_other_collections_are_in_use(database_url: str) -> None:
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        first = embedding_models.adopt(connection, ModelIdentity("first"))
        connection.execute(_WITH_A_DOCUMENT, (first.id,))
    assert stored_models(database_url) == ("first", frozenset())
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        embedding_models.adopt(connection, ModelIdentity("second"))
    assert stored_models(database_url) == (None, frozenset({"first"}))
