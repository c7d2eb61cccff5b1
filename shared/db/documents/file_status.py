"""The status of a file, in SQL."""

from typing import LiteralString

from shared.db.documents.document_rows import STATE_JOINS

# The status is derived from the documents, as theirs is from their jobs.
DOCUMENTS_OF_FILE: LiteralString = f"""LATERAL (
    SELECT count(*) AS documents,
        count(*) FILTER (WHERE j.failed_at IS NOT NULL) AS failed,
        count(*) FILTER (WHERE j.failed_at IS NULL
            AND (j.document_key IS NOT NULL OR e.document_key IS NULL)) AS pending,
        min(j.error_code) FILTER (WHERE j.failed_at IS NOT NULL) AS document_error,
        max(j.attempts) FILTER (WHERE j.failed_at IS NOT NULL) AS document_attempts
    FROM file_documents x JOIN documents d ON d.collection = x.collection AND d.id = x.id
    {STATE_JOINS}
    WHERE x.file_key = f.key
)"""
"""Counts the documents of a file `f`, for a FROM clause."""
STATUS_OF_FILE: LiteralString = """CASE f.state WHEN 'waiting' THEN 'extracting' WHEN 'done' THEN
        CASE WHEN s.failed > 0 THEN 'failed' WHEN s.pending > 0 THEN 'pending' ELSE 'ready' END
    ELSE f.state END"""
"""The status of a file `f` with those counts `s`."""
