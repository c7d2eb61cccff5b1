"""Migrations: a collection changes its embedding model while it is written and searched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from shared.domain.models.embedding_model import ModelSummary
from shared.domain.models.identity import ModelIdentity
from shared.domain.refs import Collection


class MigrationState(StrEnum):
    """How far a migration is."""

    PREPARING = "preparing"
    """The new model is embedded for each write from now on. Older writes end first."""
    FILLING = "filling"
    """The stored documents are embedded under the new model."""
    READY = "ready"
    """All documents were embedded once. The cut-over happens when the gate is open."""
    SWITCHED = "switched"
    """Searches use the new model. A rollback is possible at once."""
    ROLLED_BACK = "rolled_back"
    """Searches use the former model again. A cut-over is possible at once."""
    DROPPING = "dropping"
    """The vectors of the model that is not active are deleted."""
    ABORTING = "aborting"
    """The vectors of the new model are deleted. Searches use the former one."""
    DONE = "done"
    ABORTED = "aborted"


class Cutover(StrEnum):
    """Who starts the cut-over."""

    AUTO = "auto"
    MANUAL = "manual"


class MigrationAction(StrEnum):
    """What can be asked of a running migration."""

    PAUSE = "pause"
    RESUME = "resume"
    CUTOVER = "cutover"
    ROLLBACK = "rollback"
    FINISH = "finish"
    ABORT = "abort"


FILLING_STATES = (MigrationState.PREPARING, MigrationState.FILLING, MigrationState.READY)
REVERSIBLE_STATES = (MigrationState.SWITCHED, MigrationState.ROLLED_BACK)
FINISH_OF: Mapping[MigrationState, MigrationState] = {
    MigrationState.SWITCHED: MigrationState.DROPPING,
    MigrationState.ROLLED_BACK: MigrationState.ABORTING,
}
"""What follows when the way to the other model is given up."""
ENDED_STATES = (MigrationState.DONE, MigrationState.ABORTED)
ALLOWED: Mapping[MigrationAction, tuple[MigrationState, ...]] = {
    MigrationAction.PAUSE: FILLING_STATES,
    MigrationAction.RESUME: FILLING_STATES,
    MigrationAction.CUTOVER: (*FILLING_STATES, MigrationState.ROLLED_BACK),
    MigrationAction.ROLLBACK: (MigrationState.SWITCHED,),
    MigrationAction.FINISH: REVERSIBLE_STATES,
    MigrationAction.ABORT: FILLING_STATES,
}
"""The states in which each action is possible."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A change of a collection's model.

    `detail` says what the next step waits for. `preflight` was measured before the start, and
    `progress` last. `comparison` tells how alike the results of both models are. `number` counts
    the migrations of the collection; only it is shown, because ids count those of all tenants.
    """

    id: int
    number: int
    collection: Collection
    from_model: ModelSummary
    to_model: ModelSummary
    state: MigrationState
    cutover: Cutover
    rollback_hours: float
    paused: bool
    cutover_asked: bool
    allowed_failures: Sequence[str]
    filled_to: int
    detail: str | None
    preflight: Mapping[str, Any]
    progress: Mapping[str, Any]
    comparison: Mapping[str, Any] | None
    queries_embedded_at: datetime | None
    created_at: datetime
    filled_at: datetime | None
    switched_at: datetime | None
    rollback_until: datetime | None
    ended_at: datetime | None

    @property
    def actions(self) -> list[MigrationAction]:
        """What can be asked of it now."""
        unneeded = MigrationAction.PAUSE if self.paused else MigrationAction.RESUME
        return [
            action
            for action, states in ALLOWED.items()
            if self.state in states and action is not unneeded
        ]

    @property
    def queries_are_embedded(self) -> bool:
        """Whether the frequent queries were embedded after the documents."""
        done, filled = self.queries_embedded_at, self.filled_at
        return done is not None and filled is not None and done >= filled

    @property
    def may_switch(self) -> bool:
        """Whether the cut-over happens as soon as the gate opens."""
        return self.cutover_asked or self.cutover is Cutover.AUTO

    @property
    def window_is_over(self) -> bool:
        """Whether the time in which the former model can become active again has passed."""
        return self.rollback_until is not None and self.rollback_until <= datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MigrationRequest:
    """A migration as it is asked for."""

    collection: Collection
    identity: ModelIdentity
    cutover: Cutover
    rollback_hours: float


@dataclass(frozen=True, slots=True)
class NewMigration:
    """A migration as it is asked for, after its preflight."""

    collection: Collection
    to_model_id: int
    cutover: Cutover
    rollback_hours: float
    preflight: Mapping[str, Any]
