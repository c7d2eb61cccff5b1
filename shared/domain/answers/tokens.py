"""How many tokens a chat model makes of a text, learned from the counts that it reports.

Ollama has no route that counts tokens. It reports those of each prompt afterwards.
"""

from dataclasses import dataclass

from shared.domain.embedding.tokens import estimate_tokens

FIRST_RATIO = 1.15
"""Until a model has reported a count. Vocabularies of 32,000 tokens need about so many."""
MARGIN = 1.05
CUT_RATIO = 0.5
"""A prompt whose count is below this part of what was expected was cut by the server."""
HALF_WINDOW_TOKENS = 64
MESSAGE_TOKENS = 8
"""What a template adds around a message, at most."""


@dataclass(slots=True)
class TokenRatio:
    """The largest and the smallest number of tokens that a model needs for an estimated one."""

    largest: float = FIRST_RATIO
    smallest: float = FIRST_RATIO
    observations: int = 0

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has at most, as far as is known."""
        return int(estimate_tokens(text) * self.largest * MARGIN) + 1

    def estimated(self, tokens: int) -> int:
        """Return how many estimated tokens fit into so many of the model's."""
        return int(tokens / (self.largest * MARGIN))

    def observe(self, estimated: int, counted: int) -> None:
        """Learn from a prompt. A new largest ratio counts at once, and is forgotten slowly."""
        ratio = min(max(counted / max(estimated, 1), 0.2), 8.0)
        if self.observations == 0:
            self.largest = self.smallest = ratio
        self.largest = max(ratio, 0.95 * self.largest + 0.05 * ratio)
        self.smallest = min(ratio, 0.95 * self.smallest + 0.05 * ratio)
        self.observations += 1

    def is_cut(self, estimated: int, counted: int, context_tokens: int) -> bool:
        """Return whether a server that counted so few tokens has cut the prompt.

        A long prompt loses about half of the window, and a history its oldest messages.
        """
        expected = estimated * self.smallest
        is_half = abs(counted - context_tokens / 2) <= HALF_WINDOW_TOKENS
        return counted < expected * (0.8 if is_half else CUT_RATIO)
