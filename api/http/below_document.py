"""Routes below that of a document, such as `/v1/documents/{id}/similar`."""

from starlette.routing import Match
from starlette.types import Scope

from api.http.query import QueryRoute


class BelowDocument(QueryRoute):
    """A route that leaves ids with an encoded slash, as in `a%2Fsimilar`, to other routes."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Compare the path as it was sent, too."""
        last = self.path_format.rpartition("}")[2]
        if not scope["raw_path"].endswith(last.encode()):
            return Match.NONE, {}
        return super().matches(scope)
