"""HTML: the text that matters, else all of it."""

import pytest

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


POLISH = "Zażółć gęślą jaźń, atrament schnie na papierze."


@pytest.mark.parametrize("times", [1, 20], ids=["a short page", "an article"])
@pytest.mark.parametrize(
    "declared",
    [
        '<meta charset="iso-8859-2">',
        "<meta http-equiv='Content-Type' content='text/html; charset=ISO-8859-2'>",
        "<meta charset=nonsense><meta charset=latin2>",
    ],
)
def test_the_encoding_that_a_page_declares(reads: Reads, declared: str, times: int) -> None:
    page = f"<html><head>{declared}<title>Żółw</title></head><body><p>{POLISH * times}</p></body>"
    (part,) = reads("a.html", page.encode("iso-8859-2"))
    assert (part.title, part.text) == ("Żółw", POLISH * times)


def test_a_page_declares_what_it_is_not(reads: Reads) -> None:
    page = f"<meta charset=iso-8859-1><p>{POLISH}"
    assert reads("a.html", page)[0].text == POLISH
    assert reads("a.html", page.encode() + b"\xff")[0].text == POLISH + "\ufffd"
    assert reads("a.html", "<meta charset=utf-8><p>Größe".encode("latin-1"))[0].text == "Größe"
    assert reads("a.html", "<meta charset=punycode><p>Größe".encode("latin-1"))[0].text == "Größe"


def test_an_encoding_of_seven_bits(reads: Reads) -> None:
    page = "<meta charset=iso-2022-jp><p>インクが乾く"
    assert reads("a.html", page.encode("iso2022_jp"))[0].text == "インクが乾く"
    assert reads("a.html", page)[0].text == "インクが乾く"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<head><title>T</title><p>The words.", "The words."),
        ("<head><title>T</title>The words.", "The words."),
        ("<title>T</title><p>The<template>x</template> words.", "The words."),
        ("<title>T</title><template>The words.", "The words."),
        ("<title>T</title><noscript><p>The words.", "The words."),
        (
            "<title>T</title><svg><title>Icon</title><script>bad()</script><p>The words.",
            "The words.",
        ),
        ("<title>T</title><svg><title>Icon</title>x</svg><p>The words.", "The words."),
        (
            "<head><title>T</title><template></head><body>The words.<template>x</template>",
            "The words.",
        ),
        ("<title>T</title>The words.<script>bad()", "The words."),
    ],
)
def test_elements_that_are_not_closed(reads: Reads, page: str, text: str) -> None:
    (part,) = reads("a.html", page)
    assert part.title == "T"
    assert text in part.text
    assert "bad" not in part.text
    assert "x" not in part.text
