"""The model servers that a worker embeds on."""

from collections.abc import Sequence
from dataclasses import dataclass

from opentelemetry.trace import Tracer

from shared.adapters.observability.instrumented_embedder import InstrumentedEmbedder
from shared.adapters.ollama.embedder import OllamaEmbedder
from shared.config import Settings
from shared.domain.embedding.throughput import Throughput
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.operations.durations import RecentDurations
from shared.ports.meters import WorkerMeter
from shared.ports.model import Embedder
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls
from shared.services.models.model_check import ModelCheck
from shared.services.models.model_scheduler import ModelScheduler
from shared.services.models.model_server import ModelServer
from shared.services.models.server_load import ServerLoad
from worker.policies import request_limits


@dataclass(frozen=True, slots=True, eq=False)
class _Host:
    """One server. Its models share its turns and its load."""

    address: str
    embedder: Embedder
    scheduler: ModelScheduler
    load: ServerLoad


class ModelHosts:
    """The connections to the model servers. Nothing connects before the first call."""

    def __init__(
        self, settings: Settings, meter: WorkerMeter, tracer: Tracer, durations: RecentDurations
    ) -> None:
        self._settings = settings
        self._durations = durations
        self._clients = [OllamaEmbedder(settings, each) for each in settings.embed_hosts]
        at_a_time = settings.embed_requests_at_a_time
        self._hosts = [
            _Host(
                client.address,
                InstrumentedEmbedder(client, meter, tracer),
                ModelScheduler(at_a_time),
                ServerLoad(at_a_time),
            )
            for client in self._clients
        ]

    @property
    def addresses(self) -> Sequence[str]:
        return [host.address for host in self._hosts]

    @property
    def requests_at_a_time(self) -> int:
        """How many requests this worker sends at the same time, to all servers together."""
        return self._settings.embed_requests_at_a_time * len(self._hosts)

    def serving(self, model: EmbeddingModel) -> Sequence[ModelServer]:
        """Return what serves a model, one for each server."""
        return [self._serving(host, model) for host in self._hosts]

    def _serving(self, host: _Host, model: EmbeddingModel) -> ModelServer:
        check = ModelCheck(host.embedder, host.scheduler, model)
        breaker = ModelBreaker(host.address)
        throughput = Throughput(request_limits(self._settings))
        calls = ModelCalls(
            host.embedder, check, host.scheduler, throughput, self._durations, breaker
        )
        return ModelServer(host.address, check, calls, breaker, host.load)

    def close(self) -> None:
        for client in self._clients:
            client.close()
