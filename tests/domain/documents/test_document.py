import uuid
from typing import Any

from shared.domain.documents.document import NewDocument, new_id
from shared.domain.embedding.chunks import embedded_text
from shared.domain.refs import DocumentRef
from tests.support.collections import named


def test_new_ids_are_uuid7_in_order_of_time() -> None:
    ids = [uuid.UUID(new_id()) for _ in range(1000)]
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in ids)
    assert len(set(ids)) == len(ids)
    times = [each.int >> 80 for each in ids]
    assert times == sorted(times)


def test_the_hash_covers_exactly_the_embedded_text() -> None:
    def of(title: str | None, content: str, metadata: dict[str, Any] | None = None) -> bytes:
        return NewDocument(
            DocumentRef(named("b"), "a"), title, content, metadata or {}
        ).content_hash

    assert of(None, "x").hex().startswith("2d711642b726b044")  # plain SHA-256 of the content
    assert of(None, "x", {"a": 1}) == of(None, "x")
    assert of("t", "x") != of(None, "x")
    assert of("a\n\nb", "c") != of("a", "b\n\nc")
    assert embedded_text("t", "x") == "t\n\nx"
