"""Documents that were asked for by their ids."""

from dataclasses import dataclass

from shared.domain.documents.document import Document


@dataclass(frozen=True, slots=True)
class Fetched:
    """Documents, the ids that do not exist, and those that did not fit into the answer.

    All are in the order of the request.
    """

    documents: list[Document]
    missing: list[str]
    left_out: list[str]
