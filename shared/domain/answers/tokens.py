"""How many tokens a chat model makes of a text, learned from the counts that it reports.

Ollama has no route that counts tokens. It reports those of each prompt afterwards.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.embedding.tokens import estimate_tokens
from shared.domain.search.lexing.characters import UNSPACED

LEAST_RATIO = 1.15
"""Vocabularies of 32,000 tokens need about so many. Texts that need fewer change nothing, so that
equal questions have equal prompts."""
MARGIN = 1.05
CUT_SHARE = 0.8
"""A prompt with fewer of its `least_tokens` was cut by the server."""
MESSAGE_TOKENS = 8
"""What a template adds around a message, at most."""

_WORD = re.compile(rf"[{UNSPACED}]{{1,4}}|[^\W{UNSPACED}]+")
"""A word, or as much of a script without spaces as a token can hold."""


def least_tokens(texts: Iterable[str]) -> int:
    """Return about how many tokens texts have at least, for any model and in any language.

    Vocabularies need 1.3 tokens for an English word, and 2 to 5 for a Russian one.
    """
    return sum(len(_WORD.findall(text)) for text in texts)


@dataclass(slots=True)
class TokenRatio:
    """The largest number of tokens that a model needs for an estimated one."""

    largest: float = LEAST_RATIO

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has at most, as far as is known."""
        return int(estimate_tokens(text) * self.largest * MARGIN) + 1

    def estimated(self, tokens: int) -> int:
        """Return how many estimated tokens fit into so many of the model's."""
        return int(tokens / (self.largest * MARGIN))

    def observe(self, estimated: int, counted: int) -> None:
        """Learn from a prompt. A new largest ratio counts at once, and is forgotten slowly."""
        ratio = min(max(counted / max(estimated, 1), 0.2), 8.0)
        self.largest = max(LEAST_RATIO, ratio, 0.95 * self.largest + 0.05 * ratio)
