"""A state machine of documents, jobs and leases, on the real database."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("expected", "row_checks", "machine", "rules"))
)
