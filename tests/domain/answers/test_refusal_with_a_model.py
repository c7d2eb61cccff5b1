"""Refusals with the similarities of a real model, all-minilm."""

from collections.abc import Sequence
from statistics import quantiles

import numpy as np
import pytest

from local.model_server.all_minilm.encoder import MiniLmEncoder
from local.model_server.encoder import Vectors
from shared.domain.answers.everyday_questions import QUESTIONS
from shared.domain.answers.refusal import judged
from shared.domain.answers.similarity_floor import SimilarityFloor, floor_of
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import SimilarityScale
from tests.domain.answers.hit_pages import page_of

DOCUMENTS = """\
Employees may claim train tickets in second class and economy flights. Hotels up to 140 euros a \
night are reimbursed. Submit receipts within thirty days through the finance portal.
Every employee has 28 days of paid vacation per calendar year. Requests must be approved by the \
line manager. Up to five unused days can be carried over until the end of March.
Invoice RE-2024-00173 from Brandt Office Supplies. 12 boxes of paper, 4 toner cartridges, total \
389.20 euros including VAT. Payable within 14 days.
To connect to the printer, open the settings, choose add device and select HP-2F. If paper is \
jammed, open tray two and pull gently.""".splitlines()
ANSWERED = [
    "How much can I spend on a hotel?",
    "How many holidays do I get?",
    "what is invoice RE-2024-00173",
    "the copier is stuck, what should I do?",
    "do I get money back for a plane ticket",
    "which company sold us the toner",
]
OTHERS = [
    "what is music?",
    "How do I bake a chocolate cake?",
    "Who won the world cup in 1998?",
    "What is the best way to train a puppy?",
    "how far is the moon",
    "What should I open first when playing chess?",
]


@pytest.fixture(scope="module")
def model() -> MiniLmEncoder:
    return MiniLmEncoder()


@pytest.fixture(scope="module")
def documents(model: MiniLmEncoder) -> Vectors:
    return vectors(model, DOCUMENTS)


@pytest.fixture(scope="module")
def floor(model: MiniLmEncoder, documents: Vectors) -> SimilarityFloor:
    found = floor_of({each: scale(model, QUESTIONS[each], documents) for each in QUESTIONS})
    assert found is not None
    return found


def vectors(model: MiniLmEncoder, texts: Sequence[str]) -> Vectors:
    tokens = model.tokenize(texts)
    found: dict[int, Vectors] = {}
    for batch in model.batches(tokens):
        embedded = model.embed([tokens[index] for index in batch])
        found.update(zip(batch, embedded, strict=True))
    return np.array([found[index] for index in range(len(texts))], dtype=np.float32)


def scale(model: MiniLmEncoder, questions: Sequence[str], documents: Vectors) -> SimilarityScale:
    similarities = (vectors(model, questions) @ documents.T).ravel().tolist()
    percentiles = quantiles(similarities, n=100)
    return SimilarityScale(percentiles[49], percentiles[83] - percentiles[49])


@pytest.mark.parametrize("question", [*ANSWERED, *OTHERS, "hello"])
def test_only_what_no_document_is_about_is_refused(
    question: str, model: MiniLmEncoder, documents: Vectors, floor: SimilarityFloor
) -> None:
    similarities = (vectors(model, [question]) @ documents.T)[0].tolist()
    found = sorted(zip(similarities, DOCUMENTS, strict=True), reverse=True)
    page = page_of(question, [text for _, text in found], [each for each, _ in found])
    refusal = judged(page, floor, parse_query(question))
    assert (refusal is None) is (question in ANSWERED)
