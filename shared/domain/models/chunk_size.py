"""How large the chunks of a model are, and how its tokens are counted."""

from shared.domain.embedding.chunks import SMALLEST_TOKENS
from shared.domain.embedding.tokens import SPECIAL_TOKENS, CountTokens, estimate_tokens
from shared.domain.embedding.wordpiece import read_vocabulary
from shared.domain.models.identity import ModelCard


def token_counter(card: ModelCard) -> CountTokens:
    """Return what counts a model's tokens, an estimate if its vocabulary is not known."""
    return read_vocabulary(card.vocabulary).count if card.vocabulary else estimate_tokens


def chunk_room(wanted: int, card: ModelCard, prefix: str, count: CountTokens) -> int:
    """Return how many tokens of a document a chunk may have, beside the prefix."""
    room = min(wanted, card.context_tokens or wanted) - SPECIAL_TOKENS - count(prefix)
    return max(SMALLEST_TOKENS, room)
