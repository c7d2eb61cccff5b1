"""Web pages as a source: those of a site map, or a single one."""

import hashlib
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from inkdex.sources.charsets import in_utf8
from inkdex.sources.origin import Away, Content, Found, Scan, Unreadable
from inkdex.sources.site_map import Page, SiteMap

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
OF_SITE_MAPS = (".xml", ".xml.gz")
"""An address that ends so is that of a site map, whatever the server answers for a while."""
BEYOND_PAGES = f"beyond {PAGES_MAX:,} pages"
BEYOND_SITE_MAPS = f"beyond {SITE_MAPS_MAX:,} site maps"


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
        """Return the pages; raises Away if there is no answer, or none that is a site map."""
        found, robots = Scan(), self._robots()
        self._urls.clear()
        self._fetched.clear()
        for page in self._pages(found):
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
            raw, type_, charset = self._get(url)
            file = Path(self._folder.name) / hashlib.sha256(path.encode()).hexdigest()
            file.write_bytes(in_utf8(raw, type_, charset))
            suffix = SUFFIXES.get(type_, "")
            name = path if not suffix or path.lower().endswith(suffix) else path + suffix
            self._fetched[path] = Content(file, name, {"url": url})
        return self._fetched[path]

    def close(self) -> None:
        """Close the connections, and delete what was fetched."""
        self.http.close()
        self._folder.cleanup()

    def _get(self, url: str) -> tuple[bytes, str, str | None]:
        """Return the bytes, the media type and the encoding of a page; raises Unreadable."""
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
        return bytes(raw), type_, answer.charset_encoding

    def _robots(self) -> RobotFileParser:
        parser = RobotFileParser()
        try:
            raw, *_ = self._get(urljoin(self.url, "/robots.txt"))
            parser.parse(raw.decode("utf-8", "replace").splitlines())
        except Unreadable:
            parser.parse([])  # all is allowed
        return parser

    def _pages(self, found: Scan) -> Iterator[Page]:
        """Yield the pages of all site maps; those beyond PAGES_MAX are left out."""
        seen: set[str] = set()
        for site_map in self._site_maps(found):
            for page in site_map.pages:
                if page.url in seen:
                    continue
                if len(seen) >= PAGES_MAX:
                    found.cut(BEYOND_PAGES, page.url)
                else:
                    seen.add(page.url)
                    yield page
            if BEYOND_PAGES in found.skipped:
                return

    def _site_maps(self, found: Scan) -> Iterator[SiteMap]:
        """Yield the site map, or those that it names; those beyond SITE_MAPS_MAX are left out."""
        pending, named = deque([self.url]), {self.url}
        while pending:
            site_map = self._site_map(pending.popleft())
            if not site_map.is_index:
                yield site_map
                continue
            for url in (page.url for page in site_map.pages if page.url not in named):
                if len(named) >= SITE_MAPS_MAX:
                    found.cut(BEYOND_SITE_MAPS, url)
                else:
                    named.add(url)
                    pending.append(url)

    def _site_map(self, url: str) -> SiteMap:
        """Return a site map, or one with the page that the user has named; raises Away."""
        try:
            raw, *_ = self._get(url)
        except Unreadable as error:
            raise Away(f"{url} cannot be read: {error.strerror}.") from None
        if site_map := SiteMap.of(raw):
            return site_map
        if url != self.url or urlsplit(url).path.lower().endswith(OF_SITE_MAPS):
            raise Away(f"{url} is no site map.")
        return SiteMap(is_index=False, pages=[Page(url, "")])


def path_of(url: str) -> str:
    """Return what stands for a page in the id: its path, with the query if there is one."""
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if not path or path.endswith("/"):
        path += INDEX
    return f"{path}?{parts.query}" if parts.query else path
