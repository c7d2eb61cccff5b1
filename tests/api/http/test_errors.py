"""When a client may try again."""

import pytest

from api.http import errors
from shared.domain.database_errors import DatabaseUnavailable, StorageFull
from shared.domain.errors import InkdexError, TooBusy


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (TooBusy("Try later."), "5"),
        (TooBusy("Try later.", 11.2), "12"),
        (TooBusy("Try later.", 0.01), "1"),
        (StorageFull(), "30"),
        (DatabaseUnavailable("Try later."), "2"),
    ],
)
def test_an_error_says_when_to_try_again(error: InkdexError, seconds: str) -> None:
    assert errors.problem_of(error).headers["Retry-After"] == seconds
