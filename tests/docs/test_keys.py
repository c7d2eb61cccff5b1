"""docs/keys.md shows a token that the API accepts, and names every action."""

import re
from typing import Any

from shared.domain.access.keys import new_key
from shared.domain.access.principal import Action
from shared.domain.access.tokens import parse_token
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "keys.md").read_text()


def test_the_example_makes_a_token_of_the_key() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    key = new_key()
    names: dict[str, Any] = {"KEY": key.text}
    exec(example.replace("\nmake_token(", "\nmade = make_token("), names)  # noqa: S102
    token = parse_token(names["made"])
    assert token.is_signed_with_one_of([key.hash])
    assert (token.key, token.collections, token.subject) == (key.id, ("notes-*",), "ada")


def test_it_explains_every_action() -> None:
    assert [each for each in Action if f"| `{each}` |" not in PAGE] == []
