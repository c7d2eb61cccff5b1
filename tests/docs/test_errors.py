"""docs/errors.md explains every type of problem."""

import re

from api.http.errors import HTTP_TYPES
from api.http.problem_types import PROBLEMS
from api.server import refusals
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text()
LITERAL = re.compile(r"problem\(\s*(\d+),\s*\"([a-z-]+)\"")
UNSEEN = {"client-disconnected"}
"""Nobody reads them."""


def test_every_problem_is_explained() -> None:
    sources = [path.read_text() for path in (ROOT / "api").rglob("*.py")]
    types = {type_ for text in sources for _, type_ in LITERAL.findall(text)}
    assert "misdirected-request" in types
    types |= {type_ for _, type_ in PROBLEMS.values()} | set(HTTP_TYPES.values())
    types |= {each.type_ for each in vars(refusals).values() if isinstance(each, refusals.Refusal)}
    assert [each for each in sorted(types - UNSEEN) if f"| `urn:inkdex:{each}` |" not in PAGE] == []
