"""The models that a worker embeds under. Tenants share what concerns the model servers."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from shared.db.kit.pool import Connection, Database
from shared.db.models import embedding_models, models_in_use
from shared.domain.model_errors import ModelUnavailable
from shared.domain.models.embedding_model import EmbeddingModel
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import Tenant
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls
from shared.services.models.model_check import ModelCheck
from shared.services.models.served_model import ServedModel
from shared.services.models.server_load import ServerLoad

REFRESH_SECONDS = 0.5
USUAL_TOKENS = 1000
"""For a choice between servers before it is known what is claimed."""
FORGET_SECONDS = 30.0
"""The time that a server is expected to take halves while nothing is sent to it."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelServer:
    """One model as one model server serves it, to all tenants that embed under it."""

    address: str
    check: ModelCheck
    calls: ModelCalls
    breaker: ModelBreaker
    load: ServerLoad

    @property
    def expected_seconds(self) -> float:
        """When a usual claim would be done here, after what is begun.

        A server that was slow is tried again after a while.
        """
        usual = self.calls.throughput.expected_seconds(USUAL_TOKENS)
        faded = usual * float(0.5 ** (self.load.idle_seconds / FORGET_SECONDS))
        return self.load.expected_seconds + faded

    def probe(self) -> None:
        """Ask a failed model server for one small embedding. Resume if it succeeds."""
        try:
            self.check.probe()
        except ModelUnavailable as error:
            self.breaker.failed(error)
        else:
            self.breaker.succeeded()


@dataclass(frozen=True, slots=True, eq=False)
class ServedBy:
    """A tenant's model on one of the servers."""

    server: ModelServer
    model: ServedModel


@dataclass(frozen=True, slots=True, eq=False)
class TenantModel:
    """A tenant's model, and the servers that are to serve it. The first one leads."""

    id: int
    served_by: Sequence[ServedBy]

    @property
    def working(self) -> Sequence[ServedBy]:
        """The servers that do not fail, first the one that is expected to be done first."""
        working = [each for each in self.served_by if each.server.breaker.closed]
        return sorted(working, key=lambda each: each.server.expected_seconds)

    @property
    def paused_reason(self) -> str | None:
        """Why no server embeds under the model, or None."""
        if any(each.server.breaker.closed and not each.model.waits for each in self.served_by):
            return None
        reasons = (each.server.breaker.paused_reason for each in self.served_by)
        return next(filter(None, reasons), None)


class ModelServers:
    """The models that this process knows. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        make: Callable[[EmbeddingModel], Sequence[ModelServer]],
        configured: ModelIdentity,
        default_chunk_tokens: int,
    ) -> None:
        """`make` builds what serves a model, one for each server.

        `configured` is the model of new collections.
        """
        self._database = database
        self._make = make
        self._configured = configured
        self._chunk_tokens = default_chunk_tokens
        self._lock = threading.Lock()
        self._servers: list[Sequence[ModelServer]] = []
        self._known: dict[int, TenantModel] = {}
        self._in_use: Sequence[int] = ()
        self._first: Mapping[int, Tenant] = {}
        self._has_adopted = False
        self._refresh_at = float("-inf")

    def all(self) -> Sequence[ModelServer]:
        """Return what serves the known models, on all servers."""
        return [server for servers in list(self._servers) for server in servers]

    def is_paused(self, address: str) -> bool:
        """Return whether a server fails with a model that is in use."""
        known = [self._known[model_id] for model_id in self._in_use if model_id in self._known]
        servers = [each.server for model in known for each in model.served_by]
        return any(each.address == address and not each.breaker.closed for each in servers)

    def at(self, address: str) -> Sequence[ModelServer]:
        """Return what serves the known models on one server."""
        return [server for server in self.all() if server.address == address]

    def in_use(self) -> Sequence[TenantModel]:
        """Return one model of each that the server must serve; raises DatabaseUnavailable."""
        with self._lock:
            self._refresh_if_old()
            return self._by_id(self._in_use)

    def of_tenant(self, tenant: Tenant, due: Iterable[int]) -> Sequence[TenantModel]:
        """Return a tenant's models with due work and those that go first, in their order.

        Raises DatabaseUnavailable.
        """
        with self._lock:
            first = [model_id for model_id, owner in self._first.items() if owner == tenant]
            return self._by_id(list(dict.fromkeys([*first, *due])))

    def by_id(self, model_ids: Sequence[int]) -> Sequence[TenantModel]:
        """Return models by their ids; raises DatabaseUnavailable."""
        with self._lock:
            return self._by_id(model_ids)

    def goes_first(self, model_id: int) -> bool:
        """Return whether documents are embedded under this model before the tenant's others."""
        return model_id in self._first

    @property
    def paused(self) -> Mapping[int, str]:
        """Why documents are not embedded under a model, by the model's id."""
        reasons = {model.id: model.paused_reason for model in list(self._known.values())}
        return {model_id: reason for model_id, reason in reasons.items() if reason}

    @property
    def paused_reason(self) -> str | None:
        """Why documents are embedded under no model, or None."""
        paused, in_use = self.paused, self._in_use
        reasons = [paused.get(model_id) for model_id in in_use]
        return reasons[0] if all(reasons) and reasons else None

    @property
    def tokens_per_second(self) -> float | None:
        """The mean speed of the models that were used, within a request; None before the first."""
        speeds = [server.calls.throughput.measured for server in self.all()]
        known = [speed for speed in speeds if speed is not None]
        return fmean(known) if known else None

    def _by_id(self, model_ids: Sequence[int]) -> Sequence[TenantModel]:
        unknown = [model_id for model_id in model_ids if model_id not in self._known]
        if unknown:
            self._read(unknown)
        return [self._known[model_id] for model_id in model_ids if model_id in self._known]

    def _refresh_if_old(self) -> None:
        if time.monotonic() >= self._refresh_at:
            with self._database.connection() as connection:
                self._refresh(connection)
            self._refresh_at = time.monotonic() + REFRESH_SECONDS

    def _refresh(self, connection: Connection) -> None:
        in_use = models_in_use.one_of_each(connection)
        if not (in_use and self._has_adopted):
            embedding_models.adopt(connection, self._configured)
            self._has_adopted = True
            in_use = models_in_use.one_of_each(connection)
        self._first = models_in_use.go_first(connection)
        self._in_use = sorted(in_use, key=lambda model_id: (model_id not in self._first, model_id))

    def _read(self, model_ids: Sequence[int]) -> None:
        with self._database.connection() as connection:
            models = embedding_models.read_all(connection, model_ids)
        for model in models:
            servers = self._servers_of(model)
            served = [self._served_by(server, model, servers[0]) for server in servers]
            self._known[model.id] = TenantModel(model.id, served)

    def _served_by(
        self, server: ModelServer, model: EmbeddingModel, first: ModelServer
    ) -> ServedBy:
        served = ServedModel(
            self._database, server.check, model, self._chunk_tokens, leads=server is first
        )
        return ServedBy(server, served)

    def _servers_of(self, model: EmbeddingModel) -> Sequence[ModelServer]:
        for known in self._servers:
            if known[0].check.is_of(model):  # the server that leads decides
                return known
        servers = self._make(model)
        self._servers.append(servers)
        return servers
