"""SQL that violates each invariant, on a document named `victim`."""

VICTIM = "(SELECT key FROM documents WHERE id = 'victim')"
OTHER = "(SELECT key FROM documents WHERE id = 'other')"
ADD_JOB = f"""
INSERT INTO jobs (document_key, model_id, version, lane)
SELECT {VICTIM}, id, 1, 'bulk' FROM embedding_models
"""

SABOTAGE = {
    "lost": "DELETE FROM documents WHERE id = 'victim'",
    "rewritten": "UPDATE documents SET content = 'Nobody wrote this.' WHERE id = 'victim'",
    "stale": f"""
        UPDATE chunks c SET embedding = o.embedding FROM chunks o
        WHERE c.document_key = {VICTIM} AND o.document_key = {OTHER}
    """,
    "unvectored": f"DELETE FROM chunks WHERE document_key = {VICTIM}",
    "pending": f"{ADD_JOB}; UPDATE jobs SET available_at = now() + interval '1 day'",
    "failed": f"""
        {ADD_JOB};
        UPDATE jobs SET failed_at = now(), error_code = 'vector_zero', error_message = 'No.'
    """,
    "orphaned": f"""
        SET session_replication_role = replica;
        DELETE FROM chunks WHERE document_key = {OTHER};
        DELETE FROM embeddings WHERE document_key = {VICTIM}
    """,
    "uncounted": "INSERT INTO tenant_usage_changes (tenant, bytes) VALUES ('default', 1)",
}
