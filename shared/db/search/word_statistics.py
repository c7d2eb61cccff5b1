"""The statistics that a query's words were ranked by, remembered for its next pages.

They are refreshed while documents are written. If that happened between two pages of a search, one
document could be on both of them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.db.search.recent import Recent

KEEP_SECONDS = 60.0
QUERIES_MAX = 1000


class WordStatistics(NamedTuple):
    """The number of documents, their average length, and the documents of each term.

    The number of a term that was not used is None.
    """

    documents: float
    average_length: float
    of_terms: Sequence[float | None]


def parameters(known: WordStatistics | None) -> dict[str, Any]:
    """Return what `text_ranking.WORDS` reads instead of the tables, where it is not None."""
    return {
        "known_documents": known and known.documents,
        "known_length": known and known.average_length,
        "term_documents": known and list(known.of_terms),
    }


class RememberedStatistics:
    """The statistics of recent queries, by text and languages, from the first search on."""

    def __init__(self) -> None:
        self._known = Recent[tuple[str, tuple[str, ...]], WordStatistics](KEEP_SECONDS, QUERIES_MAX)

    def get(self, text: str, languages: tuple[str, ...]) -> WordStatistics | None:
        return self._known.get((text, languages))

    def put(self, text: str, languages: tuple[str, ...], statistics: WordStatistics) -> None:
        if self.get(text, languages) is None:
            self._known.put((text, languages), statistics)
