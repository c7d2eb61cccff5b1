"""What a process of the API measures."""

from dataclasses import dataclass
from typing import Self

from shared.adapters.observability import shared_metrics
from shared.adapters.observability.api_metrics import ApiMetrics
from shared.adapters.observability.shared_durations import request_durations
from shared.adapters.observability.shared_rows import recent_answers
from shared.config import Settings
from shared.domain.operations.durations import RequestDurations
from shared.domain.operations.targets import LatencyTargets
from shared.services.operations.service_levels import ServiceLevels


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics for Prometheus, and the recent figures for `/v1/stats`."""

    metrics: ApiMetrics
    durations: RequestDurations
    levels: ServiceLevels

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Measure this process, and read what all processes of this API measure."""
        folder = shared_metrics.folder()
        durations, answers = request_durations(folder), recent_answers(folder)
        targets = LatencyTargets(
            settings.search_p50_target_ms,
            settings.search_p99_target_ms,
            settings.first_token_target_ms,
        )
        return cls(
            ApiMetrics(answers, targets, settings.metrics_tenants_max),
            durations,
            ServiceLevels(durations, answers, targets),
        )
