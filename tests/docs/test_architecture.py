"""docs/architecture.md names files and links that exist."""

import re

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"
FILE = re.compile(r"`((?:api|worker|shared|local|bench|deploy|tests|migrations)/[\w./]*)`")
LINK = re.compile(r"\]\(([\w./-]+)\)")
STEPS_MIN = 25


def test_every_named_file_exists() -> None:
    named = FILE.findall(PAGE.read_text())
    assert len(named) > STEPS_MIN
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_link_leads_somewhere() -> None:
    targets = LINK.findall(PAGE.read_text())
    assert targets
    assert [target for target in targets if not (PAGE.parent / target).exists()] == []
