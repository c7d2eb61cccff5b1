"""Finds out whether a model server works, even if nothing is due."""

from shared.domain.model_errors import ModelNotLearned, ModelUnavailable
from shared.services.models.model_server import ModelServers, ServedBy


class ServerWatch:
    """Looks at the models of one server. A server that hangs delays no look at another."""

    def __init__(self, servers: ModelServers, address: str) -> None:
        self._servers = servers
        self._address = address
        self.name = f"models at {address}"

    def look(self) -> None:
        """Probe what failed, and verify the models in use; raises DatabaseUnavailable."""
        for server in self._servers.at(self._address):
            if server.breaker.probe_is_due():
                server.probe()
        for model in self._servers.in_use():
            for served in model.served_by:
                if served.server.address == self._address:
                    _verify(served)


def _verify(served: ServedBy) -> None:
    if not served.server.breaker.closed:
        return
    try:
        served.model.verified()
    except ModelNotLearned:
        return
    except ModelUnavailable as error:
        served.server.breaker.failed(error)
