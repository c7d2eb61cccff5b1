"""Web pages as a source, from a real server."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from encodings.aliases import aliases
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from inkdex import Inkdex, InkdexError
from inkdex.sources import charsets
from inkdex.sources.origin import Away
from inkdex.sources.site import BEYOND_PAGES, BEYOND_SITE_MAPS, Site, path_of
from inkdex.sources.state import state_of
from inkdex.sources.sync import Sync

from shared.adapters.extraction.charsets import known_charset
from tests.support.pdf_files import pdf

PAGE = "<html><title>{title}</title><body><article><p>{text}</p></article></body></html>"
INK = "Iron gall ink darkens on paper within a day, and it lasts for centuries. " * 5
SITE_MAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>"""


@dataclass
class Pages:
    """A site: its pages by path, when each was changed, and what was asked for."""

    url: str = ""
    pages: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, text: str, when: str) -> None:
        html = PAGE.format(title=path, text=text)
        self.pages[path] = ("text/html; charset=utf-8", html.encode())
        self.changed[path] = when

    def site_map(self) -> bytes:
        pages = "".join(
            f"<url><loc>{self.url}{path}</loc><lastmod>{when}</lastmod></url>"
            for path, when in self.changed.items()
        )
        elsewhere = "<url><loc>http://elsewhere.example/a</loc></url>"
        return SITE_MAP.format(pages=pages + elsewhere).encode()


@pytest.fixture
def site() -> Iterator[Pages]:
    pages = Pages()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.asked.append(self.path)
            content = (
                ("application/xml", pages.site_map())
                if self.path == "/sitemap.xml" and self.path not in pages.pages
                else pages.pages.get(self.path)
            )
            self.send_response(200 if content else 404)
            if content:
                self.send_header("content-type", content[0])
            self.end_headers()
            self.wfile.write(content[1] if content else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.url = f"http://127.0.0.1:{server.server_port}"
    pages.pages["/robots.txt"] = ("text/plain", b"User-agent: *\nDisallow: /private/\n")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield pages
    server.shutdown()
    thread.join()
    server.server_close()


def _sync(inkdex: Inkdex, site: Pages, collection: str) -> Sync:
    return Sync.of(inkdex, Site(f"{site.url}/sitemap.xml"), "web", collection)


def test_a_site_is_synced_and_only_changed_pages_are_fetched(
    inkdex: Inkdex, site: Pages, collection: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    site.put("/", INK, "2026-11-01")
    site.put("/guide/paper", "Paper is made of fibres and rags. " * 10, "2026-11-01")
    site.put("/private/letters", INK, "2026-11-01")
    site.pages["/book.pdf"] = ("application/pdf", pdf(["Vellum is made of calf skin. " * 20]))
    site.changed["/book.pdf"] = "2026-11-01"
    sync = _sync(inkdex, site, collection)
    with sync.open():
        report = sync.run()
        assert sorted(report.plan.new) == ["book.pdf", "guide/paper", "index"]
        assert report.skipped == {
            "robots.txt forbids it": ["private/letters"],
            "pages of another host": ["http://elsewhere.example/a"],
        }
        assert report.refused == {}
        sync.reading.wait("extracting")
        sync.reading.wait("pending")
        hits = inkdex.search("fibres rags", collection=collection, mode="text").hits
        assert [each.document.id for each in hits] == ["web/guide/paper"]
        assert hits[0].document.metadata["url"] == f"{site.url}/guide/paper"

        site.asked.clear()
        site.put("/", "Pigment ink is made of soot and gum. " * 10, "2026-11-02")
        del site.changed["/guide/paper"]
        report = sync.run()
        assert (report.plan.changed, report.plan.absent) == (["index"], ["guide/paper"])
        assert site.asked == ["/robots.txt", "/sitemap.xml", "/"]


def test_a_page_that_cannot_be_read_is_named_and_is_not_gone(site: Pages) -> None:
    site.changed["/missing"] = "2026-11-01"
    with closing(Site(f"{site.url}/sitemap.xml")) as origin:
        assert list(origin.scan().files) == ["missing"]
        with pytest.raises(OSError, match="answers 404"):
            origin.digest("missing")


def test_a_single_page_is_a_source(site: Pages) -> None:
    site.put("/about", INK, "2026-11-01")
    with closing(Site(f"{site.url}/about")) as origin:
        assert list(origin.scan().files) == ["about"]
        assert origin.content("about").name == "about.html"


POLISH = "Zażółć gęślą jaźń"
BROKEN = "Größe ".encode() + b"\xff"
CUT = "Größe “".encode()[:-1]
KANJI = "探測展示"
"""Three of them are, in EUC, characters of UTF-8 too."""


@pytest.mark.parametrize(
    ("media_type", "raw", "sent"),
    [
        ("text/html; charset=iso-8859-2", POLISH.encode("iso-8859-2"), POLISH.encode()),
        ("text/plain; charset=latin1", b"\x93Ink\x94", "“Ink”".encode()),
        ("text/html; charset=iso-2022-jp", "インク".encode("iso2022_jp"), "インク".encode()),
        ("text/html; charset=iso-8859-1", POLISH.encode(), POLISH.encode()),
        ("text/html; charset=iso-8859-1", CUT, CUT),
        ("text/html; charset=iso-8859-1", BROKEN, BROKEN),
        ("text/html; charset=euc-jp", KANJI.encode("euc_jp"), KANJI.encode()),
        ("text/html; charset=iso-8859-1", POLISH.encode("utf-16"), POLISH.encode("utf-16")),
        ("text/html; charset=utf-8", b"Gr\xf6\xdfe", b"Gr\xf6\xdfe"),
        ("text/html; charset=punycode", b"Gr\xf6\xdfe", b"Gr\xf6\xdfe"),
        ("text/html; charset=nonsense", b"Gr\xf6\xdfe", b"Gr\xf6\xdfe"),
        ("text/html", b"Gr\xf6\xdfe", b"Gr\xf6\xdfe"),
        ("application/pdf; charset=iso-8859-2", b"%PDF \xf6", b"%PDF \xf6"),
    ],
)
def test_the_encoding_that_a_server_names(
    site: Pages, media_type: str, raw: bytes, sent: bytes
) -> None:
    site.pages["/a"] = (media_type, raw)
    with closing(Site(f"{site.url}/a")) as origin:
        origin.scan()
        assert origin.content("a").file.read_bytes() == sent


def test_the_client_knows_the_encodings_that_the_server_knows() -> None:
    names = {*aliases, *aliases.values(), "x-sjis", "nonsense", "a b"}
    assert {each: charsets.known_charset(each) for each in names} == {
        each: known_charset(each) for each in names
    }


def test_a_site_that_does_not_answer_says_so() -> None:
    with (
        closing(Site("http://127.0.0.1:9/sitemap.xml")) as origin,
        pytest.raises(InkdexError, match="cannot be read: no answer"),
    ):
        origin.scan()


def test_site_maps_name_others(site: Pages) -> None:
    index = f"<sitemapindex><sitemap><loc>{site.url}/sitemap.xml</loc></sitemap></sitemapindex>"
    site.pages["/index.xml"] = ("text/xml", index.encode())
    site.put("/a", INK, "2026-11-01")
    with closing(Site(f"{site.url}/index.xml")) as origin:
        assert list(origin.scan().files) == ["a"]


def _index(site: Pages, *names: str) -> str:
    """Return the address of an index with these site maps."""
    named = "".join(f"<sitemap><loc>{site.url}{name}</loc></sitemap>" for name in names)
    site.pages["/index.xml"] = ("text/xml", f"<sitemapindex>{named}</sitemapindex>".encode())
    return f"{site.url}/index.xml"


def _map(site: Pages, *paths: str) -> bytes:
    pages = "".join(f"<url><loc>{site.url}{path}</loc></url>" for path in paths)
    return SITE_MAP.format(pages=pages).encode()


def test_a_packed_site_map_is_read(site: Pages) -> None:
    site.pages["/posts.xml.gz"] = ("application/gzip", gzip.compress(_map(site, "/a", "/b")))
    with closing(Site(_index(site, "/posts.xml.gz"))) as origin:
        assert list(origin.scan().files) == ["a", "b"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_site_map_keeps_its_bytes_whatever_encoding_the_server_names(
    site: Pages, pack: Callable[[bytes], bytes]
) -> None:
    written = _map(site, "/größe").decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    site.pages["/sitemap.xml"] = ("text/xml; charset=iso-8859-1", pack(written))
    with closing(Site(f"{site.url}/sitemap.xml")) as origin:
        assert list(origin.scan().files) == ["größe"]


@pytest.mark.parametrize("name", ["/sitemap.xml", "/posts.xml", "/posts.xml.gz", "/posts"])
@pytest.mark.parametrize(
    "content",
    [PAGE.format(title="Back soon", text=INK).encode(), b"<urlset><url>", gzip.compress(b"<a/>")],
    ids=["page", "cut", "packed"],
)
def test_a_site_map_that_is_none_for_a_while_hides_its_pages(
    site: Pages, name: str, content: bytes
) -> None:
    site.pages["/pages.xml"] = ("text/xml", _map(site, "/a", "/b"))
    site.pages[name] = ("text/html", content)
    url = f"{site.url}{name}" if name == "/sitemap.xml" else _index(site, "/pages.xml", name)
    with closing(Site(url)) as origin, pytest.raises(Away, match="is no site map"):
        origin.scan()


def test_pages_beyond_the_limit_are_named_and_none_is_known_to_be_gone(
    site: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkdex.sources.site.PAGES_MAX", 3)
    site.pages["/1.xml"] = ("text/xml", _map(site, "/a", "/b"))
    site.pages["/2.xml"] = ("text/xml", _map(site, "/b", "/c", "/d", "/e"))
    site.pages["/3.xml"] = ("text/xml", _map(site, "/f"))
    with closing(Site(_index(site, "/1.xml", "/2.xml", "/3.xml"))) as origin:
        found = origin.scan()
    assert list(found.files) == ["a", "b", "c"]
    assert found.skipped == {BEYOND_PAGES: [f"{site.url}/d", f"{site.url}/e"]}
    assert found.hides("d")
    assert found.hides("f")
    assert "/3.xml" not in site.asked


def test_site_maps_beyond_the_limit_are_named(site: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdex.sources.site.SITE_MAPS_MAX", 2)
    site.pages["/1.xml"] = ("text/xml", _map(site, "/a"))
    with closing(Site(_index(site, "/1.xml", "/2.xml"))) as origin:
        found = origin.scan()
    assert list(found.files) == ["a"]
    assert found.skipped == {BEYOND_SITE_MAPS: [f"{site.url}/2.xml"]}
    assert found.hides("b")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example", "index"),
        ("https://a.example/guide/", "guide/index"),
        ("https://a.example/p?id=7", "p?id=7"),
    ],
)
def test_paths_of_pages(url: str, path: str) -> None:
    assert path_of(url) == path


def test_the_state_of_a_source_is_that_of_its_server_and_collection() -> None:
    first = state_of("http://a", "t", "c", "web").path
    assert first != state_of("http://b", "t", "c", "web").path
    assert first != state_of("http://a", "t", "d", "web").path
