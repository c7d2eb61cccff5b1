"""The settings of every database session, and the options that connections are opened with."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg.rows import dict_row

from shared.config import Settings
from shared.db.kit.connecting import LastAttempt

# The scan of a vector index continues past chunks that a filter rejects. `strict_order` would
# discard near chunks that the scan reaches late: under a filter that 1% of the documents meet, it
# found 74% of the ten nearest and `relaxed_order` all of them. The search statement sorts.
_ITERATIVE_SCAN: dict[str, str | int] = {
    "hnsw.iterative_scan": "relaxed_order",
    "hnsw.max_scan_tuples": 200_000,
    "hnsw.scan_mem_multiplier": 8,
}


_SET_LOCALLY: LiteralString = """
SELECT set_config(name, value, true) FROM unnest(%s::text[], %s::text[]) AS settings (name, value)
"""

Setting = tuple[LiteralString, Sequence[Any] | None]


def vector_search_settings(settings: Settings) -> dict[str, str | int]:
    """Return pgvector's settings for searches."""
    return {
        "hnsw.ef_search": settings.hnsw_ef_search,
        # Not known to PostgreSQL. The search statement scales it with the size of the index.
        "inkdex.hnsw_ef_search": settings.hnsw_ef_search,
        **_ITERATIVE_SCAN,
    }


def session_settings(settings: Settings) -> dict[str, str | int]:
    return {
        "statement_timeout": int(settings.database_timeout_seconds * 1000),
        # A process that is suspended inside a transaction must not hold its locks for long.
        "idle_in_transaction_session_timeout": 3000,
        # With many chunks PostgreSQL would compile each search. With 100,000, that adds 160 ms or
        # more to the 20 ms of a search.
        "jit": "off",
        # Not known to PostgreSQL. vector_indexes.py reads them to create a vector index.
        "inkdex.hnsw_m": settings.hnsw_m,
        "inkdex.hnsw_ef_construction": settings.hnsw_ef_construction,
        "inkdex.binary_index_chunks": settings.binary_index_chunks,
        **vector_search_settings(settings),
    }


def has_pooler(settings: Settings) -> bool:
    """Return whether DATABASE_URL leads to a pooler, such as PgBouncer in transaction mode.

    There, a session lasts for one transaction only.
    """
    return settings.database_direct_url != settings.database_url


def settings_of_a_loan(settings: Settings) -> list[Setting]:
    """Return the statements that begin a transaction behind a pooler; none without one."""
    if not has_pooler(settings):
        return []
    session = {name: str(value) for name, value in session_settings(settings).items()}
    return [(_SET_LOCALLY, [list(session), list(session.values())])]


def connection_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments of psycopg.connect for the connections of the pool."""
    if has_pooler(settings):
        return _pooled_options(settings)
    return _direct_options(settings, session_settings(settings))


def pool_options(settings: Settings, attempt: LastAttempt, *, min_size: int) -> dict[str, Any]:
    """Return the arguments of a pool whose connections note their attempts."""
    options = connection_options(settings)
    return {
        "conninfo": options.pop("conninfo"),
        "kwargs": {**options, "attempt": attempt},
        "min_size": min_size,
        "reconnect_timeout": 5,
        "name": "inkdex",
    }


def session_options(settings: Settings) -> dict[str, Any]:
    """Return the arguments of psycopg.connect for a session whose statements may take any time.

    If there is only a pooler, the server's own time limit holds, and the session is none.
    """
    if not settings.has_direct_url:
        return _pooled_options(settings)
    return _direct_options(settings, session_settings(settings) | {"statement_timeout": 0})


def _pooled_options(settings: Settings) -> dict[str, Any]:
    # PgBouncer refuses startup options. Before 1.21 it confuses prepared statements.
    return {
        **_basic_options(settings),
        "conninfo": settings.database_url.get_secret_value(),
        "prepare_threshold": None,
    }


def _direct_options(settings: Settings, session: Mapping[str, str | int]) -> dict[str, Any]:
    return {
        **_basic_options(settings),
        "conninfo": settings.database_direct_url.get_secret_value(),
        "options": " ".join(f"-c {name}={value}" for name, value in session.items()),
    }


def _basic_options(settings: Settings) -> dict[str, Any]:
    return {
        "connect_timeout": max(2, int(settings.database_connect_timeout_seconds)),
        "application_name": "inkdex",
        "autocommit": True,
        "row_factory": dict_row,
        # A server that vanishes without a word is noticed within seconds instead of minutes.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
    }
