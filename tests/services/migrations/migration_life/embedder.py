"""Models that embed by a rule: what each refuses, and the chunks that each makes."""

from hashlib import sha256
from itertools import pairwise

from shared.domain.embedding.jobs import Job, NewChunk
from shared.domain.embedding.vectors import Vector
from shared.domain.models.identity import ModelIdentity
from tests.support.worker_harness import POISON, vector_of

MODELS = ("model-a", "model-b", "model-c")
"""The first one is the model of new collections."""
TEXTS = ("one text", "two texts", *(f"{name} refuses this" for name in MODELS), f"{POISON} for all")


def identity_of(model: str) -> ModelIdentity:
    return ModelIdentity(model, chunk_tokens=64)


def refuses(model: str, text: str) -> bool:
    return POISON in text or text == f"{model} refuses this"


def vectors_of(model: str, text: str) -> dict[str, Vector]:
    """Return the vector of each chunk, by the hash of its text."""
    return {
        sha256(text[start:end].encode()).hexdigest(): vector_of(f"{model} {text[start:end]}")
        for start, end in _ends(model, text)
    }


def chunks_of(model: str, job: Job, stored: set[tuple[int, bytes]]) -> list[NewChunk]:
    """Return a document's chunks. Those that are stored need no vector."""
    return [_chunk(model, job, start, end, stored) for start, end in _ends(model, job.content)]


def _chunk(model: str, job: Job, start: int, end: int, stored: set[tuple[int, bytes]]) -> NewChunk:
    text = job.content[start:end]
    digest = sha256(text.encode()).digest()
    vector = None if (job.key, digest) in stored else vector_of(f"{model} {text}")
    return NewChunk(start, end, digest, vector)


def _ends(model: str, text: str) -> list[tuple[int, int]]:
    """Return where each chunk starts and ends. One of the models makes two of each text."""
    middle = [len(text) // 2] if model == MODELS[1] else []
    return list(pairwise([0, *middle, len(text)]))
