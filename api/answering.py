"""Builds what answers questions: the chat model's client, its queue, and the cache of answers."""

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
from shared.services.answers.similarity_floor import SimilarityFloors
from shared.services.answers.summaries import Summaries
from shared.services.search.replicated import ReplicatedSearch


class AnsweringClients:
    """The connections that answers need."""

    def __init__(self, settings: Settings, database: AsyncDatabase, meter: ApiMeter) -> None:
        self._database = database
        self._meter = meter
        self._settings = settings
        self._chats = [OllamaChat(settings, each) for each in settings.chat_hosts]
        self._chat = ChatServers(self._chats)
        self._cache = RedisAnswerCache(settings)
        self._queue = RedisChatQueue(settings)
        self._answers: ModelAnswers | None = None
        self._admission = Admission(
            self._queue, settings.answers_at_a_time, settings.chat_queue_max, meter
        )

    def service(self, search: ReplicatedSearch, floors: SimilarityFloors) -> AnswerService:
        settings, chat, cache = self._settings, self._chat, self._cache
        reranks = bool(settings.rerank_url or settings.rerank_chat_model)
        generation = Generation(chat, self._admission, Summaries(chat, cache), cache)
        models = ChatModels(chat, settings.chat_model)
        semantic = SemanticCache(cache, enabled=bool(settings.answer_semantic_cache))
        self._answers = ModelAnswers(models, generation, cache, semantic, _limits(settings))
        retrieval = Retrieval(self._database, search, floors, reranks=reranks)
        return AnswerService(retrieval, models, self._answers, generation, self._meter)

    async def load(self, embedder: QueryEmbedder) -> None:
        """Load the chat model if a setting names it."""
        settings = self._settings
        if "chat_model" not in settings.model_fields_set or not settings.chat_model:
            return
        shares_server = settings.chat_hosts[0] == settings.query_hosts[0]
        loading = ChatLoading(self._chat, settings.chat_model, _limits(settings), embedder)
        await loading.run(settings.embedding_model if shares_server else None)

    async def close(self) -> None:
        if self._answers:
            await self._answers.close()
        await self._admission.close()
        for chat in self._chats:
            await chat.close()
        for connected in (self._cache, self._queue):
            await connected.close()


def _limits(settings: Settings) -> PromptLimits:
    return PromptLimits(
        settings.chat_context_tokens,
        settings.chat_max_tokens,
        settings.answer_source_tokens,
        settings.answer_history_turns,
        summarizes=bool(settings.answer_summaries),
    )
