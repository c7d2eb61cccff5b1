"""Which pairs of questions share an answer: by the cosine of their vectors alone, and by the rule.

Near misses must not share one, and paraphrases should. The vectors are those of all-minilm from the
local model server.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from bench import stack
from bench.measured_model import MeasuredModel, Vectors
from bench.questions.near_misses import Pair, near_misses
from bench.questions.paraphrases import paraphrases
from shared.adapters.ollama.client import Client, client_options
from shared.domain.answers.learned_threshold import START
from shared.domain.answers.same_question import may_share

MODEL = "all-minilm"
REQUEST_SECONDS = 600
THRESHOLDS = (0.95, 0.90, 0.85)
Row = dict[str, Any]
Shares = Callable[[Pair, float], bool]
"""Says whether a pair with a cosine shares an answer."""


def run() -> list[Row]:
    """Count the pairs that share an answer, by what tells them apart."""
    wrong, right = near_misses(), paraphrases()
    cosines = _cosines([*wrong, *right])
    return [*_rows("near miss", wrong, cosines), *_rows("paraphrase", right, cosines)]


def rules() -> dict[str, Shares]:
    """Return what decides, by its name."""
    found: dict[str, Shares] = {}
    for threshold in THRESHOLDS:
        found[f"cosine {threshold:.2f}"] = _by_cosine(threshold)
    for threshold in (START, *THRESHOLDS):
        found[f"rule and {threshold:.2f}"] = _by_rule(threshold)
    return found


def _by_cosine(threshold: float) -> Shares:
    return lambda _, cosine: cosine >= threshold


def _by_rule(threshold: float) -> Shares:
    return lambda pair, cosine: cosine >= threshold and may_share(pair.first, pair.second)


def _rows(name: str, pairs: Sequence[Pair], cosines: dict[Pair, float]) -> Iterable[Row]:
    """Yield a row for each kind of pairs, and one for all of them."""
    for kind in dict.fromkeys(pair.kind for pair in pairs):
        yield _row(name, kind, [pair for pair in pairs if pair.kind == kind], cosines)
    yield _row(name, "all", pairs, cosines)


def _row(name: str, kind: str, pairs: Sequence[Pair], cosines: dict[Pair, float]) -> Row:
    row: Row = {"pairs": name, "kind": kind, "count": len(pairs)}
    for rule, shares in rules().items():
        row[rule] = sum(shares(pair, cosines[pair]) for pair in pairs)
    return row


def _cosines(pairs: Sequence[Pair]) -> dict[Pair, float]:
    questions = list(dict.fromkeys(chain.from_iterable(pair[1:] for pair in pairs)))
    vectors = dict(zip(questions, _vectors(questions), strict=True))
    return {pair: float(np.dot(vectors[pair.first], vectors[pair.second])) for pair in pairs}


def _vectors(questions: Sequence[str]) -> Vectors:
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-") as home,
        stack.model_server(Path(home)) as host,
        Client(host, **client_options(REQUEST_SECONDS)) as client,
    ):
        model = MeasuredModel(client, MODEL)
        found = np.array([model.embed_query(question) for question in questions])
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / lengths, dtype=np.float32)
