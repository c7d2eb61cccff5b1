"""Builds what answers questions: the chat model's client, its queue, and the cache of answers."""

from contextlib import AsyncExitStack

from api.composition.searching import Searching
from shared.adapters.ollama.chat import OllamaChat
from shared.adapters.redis.answer_cache import RedisAnswerCache
from shared.adapters.redis.chat_queue import RedisChatQueue
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.domain.answers.composition import PromptLimits
from shared.ports.meters import ApiMeter
from shared.ports.model import QueryEmbedder
from shared.services.answers.admission import Admission
from shared.services.answers.chat_models import ChatModels
from shared.services.answers.chat_servers import ChatServers
from shared.services.answers.generation import Generation
from shared.services.answers.loading import ChatLoading
from shared.services.answers.model_answers import ModelAnswers
from shared.services.answers.retrieval import Retrieval
from shared.services.answers.semantic_cache import SemanticCache
from shared.services.answers.service import AnswerService
from shared.services.answers.summaries import Summaries


class Answering:
    """The service that answers, and the connections that it alone needs."""

    def __init__(
        self, settings: Settings, database: AsyncDatabase, searching: Searching, meter: ApiMeter
    ) -> None:
        self._settings = settings
        self._chats = [OllamaChat(settings, host) for host in settings.chat_hosts]
        self._chat = ChatServers(self._chats)
        self._cache = RedisAnswerCache(settings)
        self._queue = RedisChatQueue(settings)
        self._admission = Admission(
            self._queue, settings.answers_at_a_time, settings.chat_queue_max, meter
        )
        summaries = Summaries(self._chat, self._cache)
        generation = Generation(self._chat, self._admission, summaries, self._cache)
        models = ChatModels(self._chat, settings.chat_model)
        self._answers = self._model_answers(models, generation)
        reranks = bool(settings.rerank_url or settings.rerank_chat_model)
        retrieval = Retrieval(database, searching.search, searching.floors, reranks=reranks)
        self.answers = AnswerService(retrieval, models, self._answers, generation, meter)

    async def load(self, embedder: QueryEmbedder) -> None:
        """Load the chat model if a setting names it."""
        settings = self._settings
        if "chat_model" not in settings.model_fields_set or not settings.chat_model:
            return
        shares_server = settings.chat_hosts[0] == settings.query_hosts[0]
        loading = ChatLoading(self._chat, settings.chat_model, _limits(settings), embedder)
        await loading.run(settings.embedding_model if shares_server else None)

    async def close(self) -> None:
        """End the answers that run, then close the connections, whatever of it fails."""
        connections = [self._queue.close, self._cache.close, *(each.close for each in self._chats)]
        async with AsyncExitStack() as closing:
            for close in (*connections, self._admission.close, self._answers.close):
                closing.push_async_callback(close)

    def _model_answers(self, models: ChatModels, generation: Generation) -> ModelAnswers:
        cache, settings = self._cache, self._settings
        semantic = SemanticCache(cache, enabled=bool(settings.answer_semantic_cache))
        return ModelAnswers(models, generation, cache, semantic, _limits(settings))


def _limits(settings: Settings) -> PromptLimits:
    return PromptLimits(
        settings.chat_context_tokens,
        settings.chat_max_tokens,
        settings.answer_source_tokens,
        settings.answer_history_turns,
        summarizes=bool(settings.answer_summaries),
    )
