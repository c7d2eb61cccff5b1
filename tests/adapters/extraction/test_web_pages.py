"""HTML: the text that matters, else all of it."""

from tests.adapters.extraction.conftest import Reads

ARTICLE = """<!doctype html><html lang="de-CH"><head><title>Tinte | Die Seite</title>
<meta name="author" content="Ada Berg"><meta name="date" content="2024-01-02">
<script>var secret = 1;</script></head><body><nav><a href="/">Start</a> <a href="/b">Mehr</a></nav>
<article><h1>Wie Tinte trocknet</h1><p>{}</p><h2>Auf Papier</h2><p>{}</p></article>
<footer>Impressum</footer></body></html>"""
FIRST = "Die Tinte trocknet auf dem Papier in wenigen Sekunden, wenn die Luft warm ist. " * 4
SECOND = "Auf glattem Papier bleibt sie länger feucht und verschmiert leicht. " * 4


def test_an_article(reads: Reads) -> None:
    (part,) = reads("seite.html", ARTICLE.format(FIRST, SECOND))
    assert part.title == "Wie Tinte trocknet"
    assert part.language == "de-CH"
    assert part.metadata == {"lang": "de-CH", "author": "Ada Berg", "date": "2024-01-02"}
    assert FIRST.strip() in part.text
    assert "## Auf Papier" in part.text
    assert "Impressum" not in part.text
    assert "secret" not in part.text


def test_a_page_that_is_no_article_is_read_as_a_whole(reads: Reads) -> None:
    page = (
        "<title>Kurz</title><body><h2>Preise</h2><style>p {}</style><p>Eine &amp; eine<br>Zeile<ul>"
        "<li>rot<li>blau</ul><table><tr><th>Farbe<th>Preis<tr><td><p>rot</p></td><td>3</td></table>"
    )
    (part,) = reads("kurz.html", page)
    assert part.title == "Kurz"
    assert part.text == (
        "## Preise\n\nEine & eine\nZeile\n\n- rot\n- blau\n\nFarbe | Preis\nrot | 3"
    )


def test_deeply_nested_tags(reads: Reads) -> None:
    (part,) = reads("deep.html", "<div>" * 100_000 + "Ganz unten." + "</div>" * 100_000)
    assert part.text == "Ganz unten."
