"""What holds after every step, and what a change of the active model must not change."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from shared.domain.documents.document import Status
from shared.domain.models.migration import Migration, MigrationState
from shared.domain.refs import DocumentRef
from tests.services.migrations.migration_life.embedder import vectors_of
from tests.services.migrations.migration_life.stored import Roles, Stored, StoredDocument

State = MigrationState
DELETING = (State.DROPPING, State.ABORTING)


def check_roles(stored: Stored) -> None:
    for collection, roles in stored.roles.items():
        assert len({*roles.models}) == len(roles.models) <= 2, "a model has two roles"
        if migration := stored.running.get(collection):
            assert roles in _possible_roles(migration), migration.state
        else:
            assert roles == Roles(roles.active), "a role without a migration"


def _possible_roles(migration: Migration) -> list[Roles]:
    former, new = migration.from_model.id, migration.to_model.id
    match migration.state:
        case State.PREPARING | State.FILLING | State.READY:
            return [Roles(former, building=new)]
        case State.SWITCHED:
            return [Roles(new, previous=former)]
        case State.ROLLED_BACK:
            return [Roles(former, previous=new)]
        case State.ABORTING:
            return [Roles(former)]
        case _:
            return [Roles(former), Roles(new)]


def check_documents(
    stored: Stored, names: Mapping[int, str], both: AbstractSet[DocumentRef]
) -> None:
    """`both` are those that were written since the running migration of the collection began."""
    for document in stored.documents.values():
        roles = stored.roles.get(document.ref.collection.name, Roles(document.active))
        migration = stored.running.get(document.ref.collection.name)
        _check_vectors(document, names)
        _check_status(document, roles)
        _check_owed(document, roles, migration, written=document.ref in both)
        if migration is None or migration.state not in DELETING:
            known = document.jobs.keys() | document.embeddings.keys()
            assert known <= {*roles.models}, "a model without a role has rows"


def _check_vectors(document: StoredDocument, names: Mapping[int, str]) -> None:
    assert {each["model"] for each in document.chunks} == document.embeddings.keys()
    for model, embedding in document.embeddings.items():
        vectors = document.vectors(model)
        assert len(vectors) == embedding["chunks"]
        if document.is_fresh(model):
            assert vectors == vectors_of(names[model], document.content)


def _check_status(document: StoredDocument, roles: Roles) -> None:
    assert document.active == roles.active
    assert document.last_event == document.status
    assert (document.status is Status.READY) == document.is_ready(roles.active)
    assert (document.status is Status.FAILED) == document.has_failed(roles.active)
    owed = [job for model, job in document.jobs.items() if model in roles.models]
    assert all(job["version"] == document.content_version for job in owed)


def _check_owed(
    document: StoredDocument, roles: Roles, migration: Migration | None, *, written: bool
) -> None:
    """Each model has a job or the latest text. The new one has once the fill has passed."""
    for model in roles.models:
        if model == roles.building and not written and not _has_passed(migration, document):
            continue
        assert model in document.jobs or document.is_fresh(model), "neither a job nor an embedding"


def _has_passed(migration: Migration | None, document: StoredDocument) -> bool:
    assert migration is not None
    return migration.state is State.READY or document.key <= migration.filled_to


def check_swaps(before: Stored, now: Stored) -> None:
    """Check the documents of the collections whose active model is another one now."""
    for collection, roles in now.roles.items():
        former = before.roles.get(collection, roles)
        if former.active == roles.active:
            continue
        assert roles.previous == former.active
        migration = now.running[collection]
        for document in now.of(collection):
            _check_ready_under_both(document, roles)
            has_gate = roles.active == migration.to_model.id
            if has_gate and document.ref.id not in migration.allowed_failures:
                _check_not_lost(document, former.active, roles.active)


def _check_ready_under_both(document: StoredDocument, roles: Roles) -> None:
    if all(document.is_ready(model) for model in roles.models):
        assert document.status is Status.READY


def _check_not_lost(document: StoredDocument, former: int, new: int) -> None:
    """A document that both models refuse may be lost. It has failed already."""
    if document.is_ready(former):
        assert document.is_ready(new)
    if document.vectors(former) and not document.has_failed(former):
        assert document.vectors(new)
