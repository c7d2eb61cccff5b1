"""The model server as a worker uses it."""

from dataclasses import dataclass

from shared.services.models.active_model import ActiveModel
from shared.services.models.model_breaker import ModelBreaker
from shared.services.models.model_calls import ModelCalls


@dataclass(frozen=True, slots=True)
class ModelServer:
    """One model with its own calls and breaker. A second model is a second one of these."""

    model: ActiveModel
    calls: ModelCalls
    breaker: ModelBreaker
