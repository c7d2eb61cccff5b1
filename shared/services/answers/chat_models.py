"""The chat models: what is known of each, and whether its server answers."""

import time
from collections import OrderedDict

from shared.domain.answers.chat import ChatCard
from shared.domain.answers.tokens import TokenRatio
from shared.domain.model_errors import ChatUnavailable
from shared.domain.reasons import ChatFailure
from shared.domain.resilience.breaker import Breaker
from shared.ports.chat import ChatModel

MODELS_MAX = 100
LASTING = frozenset({ChatFailure.MODEL_MISSING, ChatFailure.WRONG_KIND_OF_MODEL})
"""The server answers, so asking again costs nothing."""
NOT_SET = (
    "No chat model is set. To have one, start Inkdex with CHAT_MODEL=llama3.2 or another model."
)


class ChatModels:
    """Describes models. While a server fails, questions do not wait for it."""

    def __init__(self, chat: ChatModel, default: str) -> None:
        self._chat = chat
        self._default = default
        self._breaker = Breaker()
        self._ratios: OrderedDict[str, TokenRatio] = OrderedDict()

    @property
    def default(self) -> str:
        return self._default

    async def card(self, model: str | None) -> ChatCard:
        """Return the description of a model, or of the default one; raises ChatUnavailable."""
        name = model or self._default
        if not name:
            raise ChatUnavailable(ChatFailure.NOT_SET, NOT_SET)
        if not self._breaker.allows(time.monotonic()):
            raise ChatUnavailable(ChatFailure(self._breaker.reason or ChatFailure.UNREACHABLE))
        try:
            card = await self._chat.card(name)
        except ChatUnavailable as error:
            if error.reason not in LASTING:
                self._breaker.record_failure(time.monotonic(), error.reason)
            raise
        self._breaker.record_success()
        return card

    def ratio(self, card: ChatCard) -> TokenRatio:
        """Return what is known of a model's tokens."""
        ratio = self._ratios.setdefault(card.digest, TokenRatio())
        self._ratios.move_to_end(card.digest)
        if len(self._ratios) > MODELS_MAX:
            self._ratios.popitem(last=False)
        return ratio
