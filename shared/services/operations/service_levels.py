"""How the API has served a tenant recently, beside the operator's targets."""

from collections.abc import Mapping

from shared.domain.answers.figures import AnswerFigures, RecentAnswers
from shared.domain.operations.durations import RequestDurations, percentiles
from shared.domain.operations.targets import LatencyTargets, TargetState
from shared.domain.refs import Tenant


class ServiceLevels:
    """Figures of all processes of this API."""

    def __init__(
        self, requests: RequestDurations, answers: RecentAnswers, targets: LatencyTargets
    ) -> None:
        self._requests = requests
        self._answers = answers
        self._targets = targets

    def answers(self, tenant: Tenant) -> AnswerFigures:
        return self._answers.figures(tenant)

    def targets(self, tenant: Tenant, answers: AnswerFigures) -> Mapping[str, TargetState]:
        """Return the state of each target by its name."""
        search = percentiles(self._requests.search.milliseconds(tenant))
        return self._targets.states(search, answers.first_token)
