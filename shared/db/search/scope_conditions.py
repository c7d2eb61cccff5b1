"""The conditions of a scope in SQL, in the three forms that the search statement needs."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from shared.db.documents import metadata_conditions
from shared.db.kit.tenants import is_within, of_tenant, within_parameters
from shared.domain.refs import DEFAULT_TENANT
from shared.domain.search.scope import Scope

_LIKE_SPECIAL = re.compile(r"[\\%_]")
_AND = "\n        AND "
_TEXT_OF_DOCUMENT = "SELECT FROM document_texts t WHERE t.document_key = d.key"
# coalesce() hides the condition from the planner, which would read the whole index for a negation.
_HAS_WORDS = "coalesce(t.lexemes @@ %(words_whole)s::tsquery, false)"


def filter_found(scope: Scope) -> str:
    """Return a condition for documents `d` that another index has found."""
    words = [f"EXISTS ({_TEXT_OF_DOCUMENT} AND {_HAS_WORDS})"] if scope.words else []
    metadata = metadata_conditions.hidden(scope.conditions)
    return _joined([*_documents_within(scope), *metadata, *words])


def filter_texts(scope: Scope) -> str:
    """Return a condition for rows `t` of `document_texts`, which have their own collection.

    CASE keeps the planner from joining all documents that match the filter.
    """
    words = [_HAS_WORDS] if scope.words else []
    own = _joined([*_texts_within(scope), *words])
    if not scope.conditions:
        return own
    metadata = filter_found(replace(scope, words=None))
    found = f"SELECT FROM documents d WHERE d.key = t.document_key AND {metadata}"
    return f"{own}{_AND}CASE WHEN EXISTS ({found}) THEN true END"


def filter_by_index(scope: Scope) -> str:
    """Return a condition that finds documents `d` by the indexes where they can."""
    metadata = metadata_conditions.by_index(scope.conditions)
    return _joined([*_documents_within(scope), *metadata, *_words_by_index(scope)])


def parameters(scope: Scope) -> dict[str, Any]:
    """Return the values of the placeholders in all three forms."""
    words = scope.words
    return {
        "tenant": scope.tenant.name,
        **within_parameters(scope.within),
        "excluded_key": scope.excluded_key,
        **metadata_conditions.parameters(scope.conditions),
        "words_whole": words and words.whole,
        "words_required": words and words.required,
        **{f"patterns{n}": _like(scope, group) for n, group in enumerate(scope.patterns)},
    }


def _like(scope: Scope, group: Sequence[str]) -> list[str]:
    """Return the LIKE patterns of the keys of the collections that match one of the patterns."""
    escaped = [_LIKE_SPECIAL.sub(r"\\\g<0>", each).replace("*", "%") for each in group]
    return [f"{scope.tenant.first_key}{each}" for each in escaped]


def _words_by_index(scope: Scope) -> list[str]:
    """Return a condition on the words. The index can look up what a text must have."""
    if scope.words is None:
        return []
    if scope.words.required is None:
        return [f"EXISTS ({_TEXT_OF_DOCUMENT} AND {_HAS_WORDS})"]
    found = _joined([*_texts_within(scope), "t.lexemes @@ %(words_required)s::text::tsquery"])
    return [
        f"d.key IN (SELECT t.document_key FROM document_texts t WHERE {found} AND {_HAS_WORDS})"
    ]


def _documents_within(scope: Scope) -> list[str]:
    within = is_within("d.collection", scope.within)
    return [within, *_matching("d.collection", scope), *_not_excluded("d.key", scope)]


def _texts_within(scope: Scope) -> list[str]:
    """Return the conditions of texts `t`. Those of a large tenant have an index of their own."""
    own = [] if scope.tenant == DEFAULT_TENANT else [of_tenant("t.collection", scope.tenant)]
    if scope.within != scope.tenant or not own:
        own.append(is_within("t.collection", scope.within))
    return [*own, *_matching("t.collection", scope), *_not_excluded("t.document_key", scope)]


def _matching(column: str, scope: Scope) -> list[str]:
    return [f"{column} LIKE ANY (%(patterns{n})s)" for n in range(len(scope.patterns))]


def _not_excluded(key: str, scope: Scope) -> list[str]:
    return [] if scope.excluded_key is None else [f"{key} <> %(excluded_key)s"]


def _joined(parts: list[str]) -> str:
    return _AND.join(parts) or "true"
