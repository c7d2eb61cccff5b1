"""Which extractor is the later one."""

import pytest

from shared.domain.files.file import is_newer
from shared.domain.files.parts import ExtractorVersion


@pytest.mark.parametrize(
    ("own", "stored"),
    [
        ("2", "1"),
        ("1.10", "1.9"),
        ("2+charset-normalizer-3.4.0", "1+charset-normalizer-3.4.0"),
        ("2+charset-normalizer-3.4.0", "1+charset-normalizer-3.5.0"),
        ("1+charset-normalizer-3.10.0", "1+charset-normalizer-3.9.0"),
    ],
)
def test_a_later_revision_or_library_is_newer(own: str, stored: str) -> None:
    assert is_newer(ExtractorVersion("text", own), ExtractorVersion("text", stored))
    assert not is_newer(ExtractorVersion("text", stored), ExtractorVersion("text", own))
    assert not is_newer(ExtractorVersion("text", own), ExtractorVersion("text", own))
