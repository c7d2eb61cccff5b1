"""docs/answers.md explains each field and reason of an answer, and its links lead somewhere."""

import re
from enum import StrEnum

import pytest
from pydantic import BaseModel

from api.schemas.answers import AnswerTimingsOut, DoneOut
from api.schemas.ask import AskBody
from api.schemas.citations import CitationOut, SourceOut
from shared.domain.answers.events import CacheUse, DegradedReason, Finish
from shared.domain.reasons import ChatFailure
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
TEXT = (DOCS / "answers.md").read_text()
LINK = re.compile(r"\]\(([\w./-]*)(?:#([\w-]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("model", [AskBody, SourceOut, CitationOut, DoneOut, AnswerTimingsOut])
def test_every_field_is_explained(model: type[BaseModel]) -> None:
    assert [name for name in model.model_fields if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize("values", [CacheUse, DegradedReason, Finish])
def test_every_value_is_explained(values: type[StrEnum]) -> None:
    assert [each for each in values if f"`{each}`" not in TEXT] == []


def test_every_failure_of_the_chat_model_has_a_remedy() -> None:
    text = (DOCS / "operations.md").read_text().partition("### The chat model is away")[2]
    table = text.partition("\n- ")[0]
    assert [each for each in ChatFailure if f"`{each}`" not in table] == []


def test_links_lead_to_headings() -> None:
    for page, heading in LINK.findall(TEXT):
        target = DOCS / (page or "answers.md")
        assert target.exists(), page
        if heading:
            titles = (title.lower() for title in HEADING.findall(target.read_text()))
            slugs = {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}
            assert heading in slugs, heading
