"""Keys: `ink_<id>_<secret><checksum>`. Only the SHA-256 of a key is stored."""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.access_errors import KeyInvalid

PREFIX = "ink_"
ID_CHARACTERS = 12
SECRET_BITS = 256
SECRET_CHARACTERS = 43
CHECKSUM_CHARACTERS = 6
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(
    f"({PREFIX}([0-9A-Za-z]{{{ID_CHARACTERS}}})_[0-9A-Za-z]{{{SECRET_CHARACTERS}}})"
    f"([0-9A-Za-z]{{{CHECKSUM_CHARACTERS}}})"
)


@dataclass(frozen=True, slots=True)
class Key:
    """A complete key. Its text is shown once, when it is made."""

    id: str
    text: str

    def __repr__(self) -> str:
        return f"Key({self.id!r})"

    @property
    def hash(self) -> bytes:
        return key_hash(self.text)


def new_key(id_: str | None = None) -> Key:
    """Make a key. With an id, its secret is another one for the same key."""
    id_ = id_ or "".join(secrets.choice(DIGITS) for _ in range(ID_CHARACTERS))
    secret = _base62(secrets.randbits(SECRET_BITS), SECRET_CHARACTERS)
    text = f"{PREFIX}{id_}_{secret}"
    return Key(id_, text + _checksum(text))


def parse_key(text: str) -> Key:
    """Read a key; raises KeyInvalid if its form or its checksum is wrong."""
    match = _FORM.fullmatch(text)
    if match is None or _checksum(match[1]) != match[3]:
        raise KeyInvalid
    return Key(match[2], text)


def key_hash(text: str) -> bytes:
    # A secret of 256 random bits cannot be guessed, so the hash need not be slow.
    return hashlib.sha256(text.encode()).digest()


def is_one_of(given: bytes, hashes: Iterable[bytes]) -> bool:
    """Compare hashes in a time that does not depend on them."""
    found = False
    for each in hashes:
        found |= hmac.compare_digest(given, each)
    return found


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECKSUM_CHARACTERS)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
