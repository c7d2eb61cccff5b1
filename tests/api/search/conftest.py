"""A collection of three documents."""

import pytest

from tests.api.search.searching import Put


@pytest.fixture
def library(put: Put) -> None:
    put("cat", "A kitten sleeps on the warm windowsill.", metadata={"legs": 4, "kind": "pet"})
    put("car", "The engine of this automobile needs new oil.", metadata={"wheels": 4})
    put("bread", "Knead the dough and bake it for an hour.", metadata={"kind": "food"})
