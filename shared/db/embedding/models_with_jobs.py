"""The models that documents are owed under, in SQL.

A loose index scan reads one entry of `jobs_due` for each of them. So the cost grows with the number
of tenants that have work, and not with that of their jobs.
"""

from typing import LiteralString

MODELS: LiteralString = """models AS (
    (SELECT model_id FROM jobs WHERE failed_at IS NULL ORDER BY model_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT model_id FROM jobs WHERE failed_at IS NULL AND model_id > models.model_id
        ORDER BY model_id LIMIT 1
    ) FROM models WHERE model_id IS NOT NULL
)"""
"""A part of WITH RECURSIVE. Its last row is NULL."""
HAS_DUE: LiteralString = """(
        SELECT true FROM jobs
        WHERE model_id = models.model_id AND lane = {lane} AND failed_at IS NULL
          AND available_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY available_at LIMIT 1
    )"""
"""Whether one of the models has a due job in a lane, to be formatted."""
HAS_LEASED: LiteralString = """(
        SELECT true FROM jobs
        WHERE model_id = models.model_id AND lane = {lane} AND lease_until >= now() LIMIT 1
    )"""
"""Whether a worker embeds documents of a lane under one of the models, to be formatted."""
