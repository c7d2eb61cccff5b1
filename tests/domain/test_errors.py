"""Codes and reasons explain themselves, and docs/errors.md lists them."""

from pathlib import Path

import pytest

from shared.domain.reasons import (
    ChatFailure,
    RejectionCode,
    RerankFailure,
    UnavailableReason,
    WriteRefusal,
)

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


@pytest.mark.parametrize(
    "constants", [UnavailableReason, ChatFailure, RerankFailure, RejectionCode, WriteRefusal]
)
def test_the_documentation_lists_every_code_with_its_meaning(
    constants: type[UnavailableReason]
    | type[ChatFailure]
    | type[RerankFailure]
    | type[RejectionCode]
    | type[WriteRefusal],
) -> None:
    lines = [f"| `{each}` | {each.meaning} |" for each in constants]
    assert "\n".join(lines) in DOCS.read_text()
