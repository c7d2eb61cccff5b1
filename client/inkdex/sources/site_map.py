"""Reads site maps: of XML, packed or not."""

import zlib
from dataclasses import dataclass
from xml.etree import ElementTree as ET

MAX_BYTES = 64 << 20
GZIP = b"\x1f\x8b"
OF_GZIP = 31
"""So zlib expects the header of gzip."""


@dataclass(frozen=True, slots=True)
class Page:
    """The address of a page, and what its site map says of its last change."""

    url: str
    stamp: str


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Pages, or other site maps if it is an index."""

    is_index: bool
    pages: list[Page]

    @classmethod
    def of(cls, raw: bytes) -> "SiteMap | None":
        """Return the site map that the bytes are, or None if they are none."""
        try:
            root = ET.fromstring(_unpacked(raw))  # noqa: S314 expat limits the growth of entities
        except (ET.ParseError, zlib.error):
            return None
        if not root.tag.endswith(("urlset", "sitemapindex")):
            return None
        pages = [Page(_child(each, "loc"), _child(each, "lastmod")) for each in root]
        return cls(root.tag.endswith("sitemapindex"), [each for each in pages if each.url])


def _unpacked(raw: bytes) -> bytes:
    """Unpack gzip. What is longer than MAX_BYTES is cut, so it is no XML."""
    return zlib.decompressobj(OF_GZIP).decompress(raw, MAX_BYTES) if raw[:2] == GZIP else raw


def _child(element: ET.Element, name: str) -> str:
    for child in element:
        if child.tag.endswith(name):
            return (child.text or "").strip()
    return ""
