"""What failed, for those who may read the documents."""

from shared.db.kit.pool import AsyncDatabase
from shared.db.operations import failures
from shared.domain.operations.failures import Failures
from shared.domain.search.scope import Scope


class FailureService:
    """Groups failures by reason."""

    def __init__(self, database: AsyncDatabase) -> None:
        self._database = database

    async def groups(self, scope: Scope) -> Failures:
        """Return the groups of a scope, the largest first.

        A caller with a filter sees no files, because filters are about documents.
        """
        async with self._database.costly_snapshot(scope.tenant) as connection:
            found = [await failures.of_documents(connection, scope)]
            if not scope.conditions:
                found.append(await failures.of_files(connection, scope))
        groups = [group for each in found for group in each.groups]
        groups.sort(key=lambda group: (-group.count, group.kind, group.reason))
        return Failures(groups, complete=all(each.complete for each in found))
