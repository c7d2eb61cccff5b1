"""Web pages as a source: those of a site map, or a single one."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import httpx

from inkdex.sources.charsets import in_utf8
from inkdex.sources.origin import Away, Content, Found, Scan, Unreadable

AGENT = "inkdex"
TIMEOUT_SECONDS = 30.0
PAGE_MAX_BYTES = 64 << 20
PAUSE_SECONDS = 600.0
SITE_MAPS_MAX = 1000
PAGES_MAX = 50_000
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/csv": ".csv",
}
INDEX = "index"


@dataclass(frozen=True, slots=True)
class _Page:
    url: str
    stamp: str


@dataclass(slots=True)
class Site:
    """The pages of one host. Each is fetched when its site map says that it has changed."""

    url: str
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(
            headers={"user-agent": AGENT}, timeout=TIMEOUT_SECONDS, follow_redirects=True
        )
    )
    _urls: dict[str, str] = field(default_factory=dict)
    _fetched: dict[str, Content] = field(default_factory=dict)
    _folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="inkdex-")
    )

    @property
    def name(self) -> str:
        """The host."""
        return urlsplit(self.url).netloc

    @property
    def address(self) -> str:
        """The address of the site map, or of the page."""
        return self.url

    @property
    def pause(self) -> float:
        """Long enough not to burden the site."""
        return PAUSE_SECONDS

    def scan(self) -> Scan:
        """Return the pages; raises Away if there is no answer."""
        found, robots = Scan(), self._robots()
        self._urls.clear()
        self._fetched.clear()
        for page in self._pages():
            path = path_of(page.url)
            if urlsplit(page.url).netloc != self.name:
                found.skip("pages of another host", page.url)
            elif not robots.can_fetch(AGENT, page.url):
                found.skip("robots.txt forbids it", path)
            else:
                self._urls[path] = page.url
                found.files[path] = Found(path, page.stamp)
        return found

    def digest(self, path: str) -> str:
        """Fetch a page, and return the hash of its bytes."""
        content = self.content(path)
        return hashlib.sha256(content.file.read_bytes()).hexdigest()

    def content(self, path: str) -> Content:
        """Return a page, which is fetched once for each scan."""
        if path not in self._fetched:
            url = self._urls[path]
            raw, type_ = self._get(url)
            file = Path(self._folder.name) / hashlib.sha256(path.encode()).hexdigest()
            file.write_bytes(raw)
            suffix = SUFFIXES.get(type_, "")
            name = path if not suffix or path.lower().endswith(suffix) else path + suffix
            self._fetched[path] = Content(file, name, {"url": url})
        return self._fetched[path]

    def close(self) -> None:
        """Close the connections, and delete what was fetched."""
        self.http.close()
        self._folder.cleanup()

    def _get(self, url: str) -> tuple[bytes, str]:
        """Return the bytes and the media type of a page; raises Unreadable."""
        try:
            with self.http.stream("GET", url) as answer:
                if answer.status_code >= httpx.codes.BAD_REQUEST:
                    raise Unreadable(f"the server answers {answer.status_code}")
                if answer.url.host != urlsplit(self.url).hostname:
                    raise Unreadable(f"it is redirected to {answer.url.host}")
                raw = bytearray()
                for chunk in answer.iter_bytes():
                    raw += chunk
                    if len(raw) > PAGE_MAX_BYTES:
                        raise Unreadable(f"it is over {PAGE_MAX_BYTES:,} bytes")
        except httpx.HTTPError as error:
            raise Unreadable(f"no answer ({type(error).__name__})") from None
        type_ = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return in_utf8(bytes(raw), type_, answer.charset_encoding), type_

    def _robots(self) -> RobotFileParser:
        parser = RobotFileParser()
        try:
            raw, _ = self._get(urljoin(self.url, "/robots.txt"))
            parser.parse(raw.decode("utf-8", "replace").splitlines())
        except Unreadable:
            parser.parse([])  # all is allowed
        return parser

    def _pages(self) -> Iterator[_Page]:
        """Yield the pages of a site map and of those that it names, or the one page."""
        pending, seen, count = [self.url], {self.url}, 0
        while pending:
            url = pending.pop()
            root = self._site_map(url)
            if root is None:
                yield _Page(url, "")
                continue
            is_index = root.tag.endswith("sitemapindex")
            for each in root:
                address, stamp = _child(each, "loc"), _child(each, "lastmod")
                if not address or address in seen:
                    continue
                seen.add(address)
                if is_index and len(seen) <= SITE_MAPS_MAX:
                    pending.append(address)
                elif not is_index and count < PAGES_MAX:
                    count += 1
                    yield _Page(address, stamp)

    def _site_map(self, url: str) -> ET.Element | None:
        """Return the root of a site map, or None for a page; raises Away."""
        try:
            raw, type_ = self._get(url)
        except Unreadable as error:
            raise Away(f"{url} cannot be read: {error.strerror}.") from None
        if type_ in SUFFIXES and not raw.lstrip().startswith(b"<?xml"):
            return None
        try:
            root = ET.fromstring(raw)  # noqa: S314 expat limits the growth of entities
        except ET.ParseError:
            return None
        return root if root.tag.endswith(("urlset", "sitemapindex")) else None


def path_of(url: str) -> str:
    """Return what stands for a page in the id: its path, with the query if there is one."""
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if not path or path.endswith("/"):
        path += INDEX
    return f"{path}?{parts.query}" if parts.query else path


def _child(element: ET.Element, name: str) -> str:
    for child in element:
        if child.tag.endswith(name):
            return (child.text or "").strip()
    return ""
