"""What can go wrong with collections and the migrations of their models."""

from collections.abc import Sequence

from shared.domain.errors import InkdexError, shown
from shared.domain.refs import Collection

MODELS_SHOWN = 10


class CollectionNotFound(InkdexError):
    def __init__(self, collection: Collection) -> None:
        super().__init__(f"There is no collection {shown(collection.name)}.")


class CollectionExists(InkdexError):
    def __init__(self, collection: Collection) -> None:
        super().__init__(
            f"There already is a collection {shown(collection.name)}, or a webhook for it. "
            "Choose another name, or delete it first."
        )


class CollectionNotEmpty(InkdexError):
    def __init__(self, collection: Collection) -> None:
        super().__init__(
            f"The collection {shown(collection.name)} has documents. Change its model with "
            "POST /v1/collections/{name}/migrations."
        )


class CollectionTooLarge(InkdexError):
    def __init__(self, collection: Collection, most: int) -> None:
        super().__init__(
            f"The collection {shown(collection.name)} is too large to be renamed: it has more "
            f"than {most:,} documents, or they take too long. Nothing has changed. Export it, "
            "import it under the new name, and delete it."
        )


class MigrationNotFound(InkdexError):
    def __init__(self, collection: Collection, id_: int) -> None:
        super().__init__(f"The collection {shown(collection.name)} has no migration {id_}.")


class MigrationRunning(InkdexError):
    def __init__(self, collection: Collection) -> None:
        super().__init__(
            f"A migration of the collection {shown(collection.name)} runs, or can be rolled back. "
            "Finish or abort it first."
        )


class MigrationNotAllowed(InkdexError):
    """What was asked is not possible in the state of the migration."""


class EmbeddingModelNotFound(InkdexError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        names = ", ".join(map(shown, dict.fromkeys(known[:MODELS_SHOWN])))
        super().__init__(
            f"No collection has the embedding model {shown(name)}. Use one of {names}, or change "
            "the model of a collection with `make migrate-model` or `inkdex migrate`."
        )
