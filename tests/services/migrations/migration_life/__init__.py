"""A state machine of documents, models, roles and migrations, on the real database."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{module}" for module in ("stored", "row_checks", "machine", "rules"))
)
