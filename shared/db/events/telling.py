"""Tell of changes, each after all that was told of its document before."""

from typing import LiteralString

LATER: LiteralString = """later AS MATERIALIZED (
    SELECT collection, id, max(xid) AS xid FROM events
    WHERE xid > pg_current_xact_id_if_assigned() AND xid < pg_snapshot_xmax(pg_current_snapshot())
    GROUP BY collection, id
)"""
"""A part of a statement that TELL needs. The documents must be locked before the statement begins.

A transaction that waits for some of its documents may have begun before those that changed these.
Their events are there already, and no reader has seen them yet, because readers stop before the
oldest transaction that has not ended.
"""
TELL: LiteralString = """INSERT INTO events (xid, collection, id, status, version)
    SELECT coalesce(later.xid, pg_current_xact_id()), c.collection, c.id, {status}, c.version
    FROM {changed} c LEFT JOIN later ON (later.collection, later.id) = (c.collection, c.id)"""
"""Tells of changed documents, to be formatted. They take the last place of their document."""
