"""Loads the chat model when the API starts, so that the first answer does not wait for it."""

from contextlib import aclosing

import structlog

from shared.domain.answers.chat import ChatRequest
from shared.domain.answers.composition import PromptLimits
from shared.domain.model_errors import (
    ChatUnavailable,
    ModelUnavailable,
    PromptTooLong,
    TextRejected,
)
from shared.ports.chat import ChatModel
from shared.ports.model import QueryEmbedder

TAKE_TURNS = (
    "The model server has no room for the embedding model and the chat model at once. Each answer "
    "unloads the other model, and searches wait. Set OLLAMA_MAX_LOADED_MODELS to 2 or more, add "
    "memory, choose a smaller chat model, or set OLLAMA_CHAT_HOST to another server."
)

log = structlog.get_logger()


class ChatLoading:
    """Loads a chat model, and checks whether the embedding model stays loaded beside it."""

    def __init__(
        self, chat: ChatModel, model: str, limits: PromptLimits, embedder: QueryEmbedder
    ) -> None:
        self._chat = chat
        self._model = model
        self._limits = limits
        self._embedder = embedder

    async def run(self, embedding_model: str | None) -> None:
        """Load the model. `embedding_model` is that of the same server, None if it is on another.

        Log if there is no room for both, or if the model cannot be loaded.
        """
        try:
            await self._load()
            if embedding_model and not await self._stay_loaded(embedding_model):
                log.warning("chat.models_take_turns", detail=TAKE_TURNS)
        except (ChatUnavailable, PromptTooLong) as error:
            log.warning("chat.not_loaded", detail=str(error))
        except (ModelUnavailable, TextRejected):
            return  # the workers report what is wrong with the embedding model

    async def _load(self) -> None:
        card = await self._chat.card(self._model)
        context = self._limits.within(card.context_tokens).context_tokens
        async with aclosing(self._chat.chat(ChatRequest(card.name, (), context, 1))) as pieces:
            async for _ in pieces:
                pass

    async def _stay_loaded(self, embedding_model: str) -> bool:
        await self._embedder.embed_query(embedding_model, "ink")
        return await self._chat.is_loaded(self._model)
