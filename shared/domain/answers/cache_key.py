"""What an answer depends on. An answer is cached under a hash of all of it.

Sources are found again for each question. If a document changes, so do the sources, and with them
the key. No entry has to be removed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from shared.domain.answers.chat import ChatCard
from shared.domain.answers.prompt import VERSION
from shared.domain.answers.question import Question
from shared.domain.answers.sources import Source


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The hash of everything, and that of everything but the question."""

    exact: bytes
    evidence: bytes


def cache_key(
    question: Question, card: ChatCard, options: Sequence[int], sources: Sequence[Source]
) -> CacheKey:
    """Return the keys of an answer. `options` are those that change what the model writes."""
    evidence = json.dumps(
        [
            VERSION,
            [card.name, card.digest, *options, question.max_tokens],
            repr(question.scope),
            [[each.role, each.content] for each in question.history],
            [_identified(source) for source in sources],
        ]
    )
    common = sha256(evidence.encode(errors="surrogatepass")).digest()
    asked = " ".join(question.text.split())
    return CacheKey(sha256(common + asked.encode(errors="surrogatepass")).digest(), common)


def _identified(source: Source) -> list[str | int]:
    passage, document = source.passage, source.passage.document
    place = [document.ref.collection.key, document.ref.id, document.content_hash.hex()]
    return [*place, passage.start, passage.end, passage.text_hash.hex()]
