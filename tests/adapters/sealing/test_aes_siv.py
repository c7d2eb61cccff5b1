"""Sealed texts: equal for equal bytes, and of use for one tenant and one kind only."""

import os

import pytest

from shared.adapters.sealing import AesSivSealing
from shared.db.kit.server_secrets import SECRET_BYTES
from shared.domain.refs import DEFAULT_TENANT, Tenant
from shared.ports.sealing import Sealed

SEALING = AesSivSealing(os.urandom(SECRET_BYTES))
OTHER = Tenant("other")


def test_equal_bytes_have_equal_seals_and_open() -> None:
    sealed = SEALING.seal(Sealed.EVENT, OTHER, b"content")
    assert sealed == SEALING.seal(Sealed.EVENT, OTHER, b"content")
    assert SEALING.open(Sealed.EVENT, OTHER, sealed) == b"content"


def test_no_other_tenant_kind_or_server_opens_it() -> None:
    sealed = SEALING.seal(Sealed.EVENT, OTHER, b"content")
    assert SEALING.open(Sealed.EVENT, DEFAULT_TENANT, sealed) is None
    assert SEALING.open(Sealed.MESSAGE, OTHER, sealed) is None
    assert AesSivSealing(os.urandom(SECRET_BYTES)).open(Sealed.EVENT, OTHER, sealed) is None


def test_seals_of_neighbours_have_nothing_in_common() -> None:
    first, second = (SEALING.seal(Sealed.EVENT, OTHER, bytes(15) + bytes([n])) for n in (1, 2))
    assert len(first) == len(second)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < len(first) / 2


@pytest.mark.parametrize(
    "text", ["", "x", "é", "a" * 21, "=" * 4, "\x00", "A" * 22, "a b c d " * 8]
)
def test_any_other_text_does_not_open(text: str) -> None:
    assert SEALING.open(Sealed.EVENT, OTHER, text) is None


def test_a_changed_text_does_not_open() -> None:
    sealed = SEALING.seal(Sealed.LIST_CURSOR, OTHER, b"content")
    changed = ("A" if sealed[0] != "A" else "B") + sealed[1:]
    assert SEALING.open(Sealed.LIST_CURSOR, OTHER, changed) is None
    assert SEALING.open(Sealed.LIST_CURSOR, OTHER, sealed[:-4]) is None
