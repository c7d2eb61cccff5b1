"""docs/formats.md has every code and every suffix."""

from shared.adapters.extraction.kinds import CODE, KINDS
from shared.domain.files.parts import FileErrorCode
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "formats.md").read_text()


def test_codes_are_explained() -> None:
    assert [code for code in FileErrorCode if f"| `{code}` | " not in PAGE] == []


def test_suffixes_are_listed() -> None:
    suffixes = [suffix for kind in KINDS if kind is not CODE for suffix in kind.suffixes]
    assert [suffix for suffix in suffixes if f"`{suffix}`" not in PAGE] == []


def test_the_number_of_suffixes_of_code() -> None:
    assert f"and {len(CODE.suffixes) - 6} others" in PAGE
