"""What one of several API processes may use, so that all together keep to the settings."""

from shared.config import Settings

POOL_MIN = 2
"""One process may answer a request while another request of it uses a connection."""
BODY_BUFFERS_MIN_BYTES = 8 * 1024 * 1024
"""The largest body must fit."""


def share(settings: Settings) -> Settings:
    """Return the settings of one process: its part of each limit on the whole API."""
    processes = settings.processes

    def part(total: int, least: int = 1) -> int:
        return max(least, total // processes) if total else 0

    return settings.model_copy(
        update={
            "database_pool_size": part(settings.database_pool_size, POOL_MIN),
            "connections_max": part(settings.connections_max),
            "event_streams_max": part(settings.event_streams_max),
            "bulk_max_streams": part(settings.bulk_max_streams),
            "body_buffers_max_bytes": part(settings.body_buffers_max_bytes, BODY_BUFFERS_MIN_BYTES),
        }
    )
