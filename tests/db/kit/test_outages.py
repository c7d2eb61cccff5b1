"""Which errors of psycopg mean that PostgreSQL does not answer."""

import psycopg
import pytest

from shared.db.kit.outages import as_unavailable
from shared.domain.database_errors import DatabaseUnavailable

ANSWERED_TWICE = "received 2 results from command 'BEGIN'"
"""What psycopg says if a pooler loses its server during the command."""


def test_an_answer_that_comes_twice_means_that_the_server_is_gone() -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"), as_unavailable():
        raise psycopg.InternalError(ANSWERED_TWICE)


def test_an_internal_error_of_the_server_is_none_of_its_outages() -> None:
    with pytest.raises(psycopg.errors.InternalError_), as_unavailable():
        raise psycopg.errors.InternalError_("cache lookup failed")
