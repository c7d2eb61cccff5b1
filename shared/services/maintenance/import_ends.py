"""Ends the imports whose documents are all ready or failed."""

from shared.db.documents import imports
from shared.db.kit.pool import Database


class ImportEnds:
    """Looks at the imports that have not ended. A look costs an entry of an index for each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle(self) -> None:
        with self._database.connection() as connection:
            imports.settle(connection)
