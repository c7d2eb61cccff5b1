"""Phrases and exclusions: what the page says of them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from shared.domain.search.query_syntax import parse_query
from tests.browser.conftest import Open
from tests.browser.hits.found import hits
from tests.browser.stack import Stack

READ = """async (query) =>
    (await import("/console/search/query_syntax.js")).readQuery(query)"""


def documents(collection: str) -> list[dict[str, Any]]:
    """Return documents whose texts no other test has."""
    texts = (
        "A sunny window helps the fern that was planted",
        "Each window of the cellar is dark, and no fern has a sunny place",
        "The temporary directory of a sunny server has a window in os and an OSError",
        "Wash the window when the day is sunny, with a directory of temporary rags",
    )
    return [
        {"id": f"n{n}", "content": f"{text}, {collection}", "metadata": {"room": "ab"[n % 2]}}
        for n, text in enumerate(texts)
    ]


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    stack.write(*documents(collection), collection=collection)
    stack.wait_until_embedded()
    page = open_page("&q=sunny+window")
    expect(hits(page)).to_have_count(4)
    expect(page.get_by_role("heading", name="Narrow down")).to_be_visible()
    return page


@pytest.mark.parametrize(
    "query",
    [
        "ink",
        '"gall ink"',
        "“gall ink” paper",
        "ink -paper",
        'ink -"on paper"',
        '"gall ink" OR "carbon ink"',
        "-ink",
        '"',
        '" "',
        'say"ink" -',
        '"ink"s',
        "ink \u2212paper",
        "ink \u22125",
        "ink \u2212“5 papers”",
        "battle 1914 \u20131918",
        "ink \u2013paper\u2013",
        "ink －「紙」 －“gall”",
        "„gallus tinte“ «encre noire» ＂gall ink＂",
        '("gall ink") (paper [“carbon ink”]',
        '"東京"の 地図',
        '新しい"東京"の地図 ink"東京"',
        "„gall ink“",
        "«gall ink»",
        '("gall ink")',
        '日本"東京タワー"',
        "ink \u2212paper \u2013dry",
        'ink －"on paper"',
        '"gall ink" paper OR dry',
        '"gall ink" OR paper',
        '"gall ink" OR',
        'OR "gall ink" -paper OR',
        " ".join(["ink"] * 32 + ['"gall"']),
    ],
)
def test_the_page_reads_a_query_as_the_api_does(page: Page, query: str) -> None:
    parsed, read = parse_query(query), page.evaluate(READ, query)
    required = [phrase for group in parsed.required for phrase in group]
    assert (read["phrases"], read["excluded"]) == (required, list(parsed.excluded))
    assert read["alternatives"] == any(len(group) > 1 for group in parsed.required)


def test_an_absent_phrase_is_named_and_its_words_are_offered(page: Page) -> None:
    query, cause = page.get_by_label("Search query"), page.locator("#no-hits-cause")
    query.fill('"near a sunny window"')
    expect(cause).to_have_text("No document has this exact phrase.")
    expect(page.locator("#facets")).to_be_hidden()
    query.fill('"near a sunny window" "sunny roof"')
    expect(cause).to_have_text("No document has these exact phrases.")
    query.fill("sunny -window")
    expect(cause).to_have_text(
        "No document has these words or a stored meaning without what you exclude."
    )
    expect(page.get_by_role("button", name="Search without quotation marks")).to_be_hidden()
    query.fill('"near a sunny window" -roof')
    page.get_by_role("button", name="Search without quotation marks").click()
    expect(query).to_have_value("near a sunny window -roof")
    expect(hits(page)).to_have_count(4)
    expect(page.get_by_role("heading", name="Narrow down")).to_be_visible()


def test_a_hit_has_the_phrase_and_words_beside_it(page: Page) -> None:
    query = page.get_by_label("Search query")
    query.fill('"temporary directory" server')
    expect(hits(page)).to_have_count(1)
    why = hits(page).locator(".why")
    expect(why).to_contain_text("Has the phrase temporary directory and the word server")
    query.fill("temporary -directory")
    summary = page.locator("#search-summary")
    expect(summary).to_contain_text("Documents with “directory” are left out.")


def test_a_hit_says_in_which_form_it_has_a_word(page: Page) -> None:
    page.get_by_label("Search query").fill("plants in a cellar")
    first = hits(page).filter(has_text="that was planted").locator(".why")
    expect(first).to_contain_text("Has the word plants (as planted)")
    second = hits(page).filter(has_text="no fern").locator(".why")
    expect(second).to_contain_text("Has the word cellar")


def test_a_word_that_no_document_has_is_named(page: Page) -> None:
    query, missing = page.get_by_label("Search query"), page.locator("#missing-words")
    query.fill("os.listdir")
    expect(missing).to_have_text("· No document has the word “listdir”.")
    why = hits(page).filter(has_text="OSError").locator(".why")
    expect(why).to_contain_text(re.compile("Has the word os[,.]"))
    query.fill("fern")
    expect(missing).to_be_empty()


def test_frequent_words_hide_no_unknown_word_and_none_is_asked_of_twice(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.extend(words_asked_of(request)))
    query, missing = page.get_by_label("Search query"), page.locator("#missing-words")
    query.fill("that has os.listdir quuxly")
    named = "· No document has the word “listdir” or the word “quuxly”."
    expect(missing).to_have_text(named)
    assert asked == ['"that" OR "has" OR "listdir" OR "quuxly"', '"listdir"', '"quuxly"']
    query.fill("os.listdir quuxly")
    expect(page.locator("#search-summary")).to_contain_text("document")
    expect(missing).to_have_text(named)
    assert len(asked) == 3
    query.fill("os quuxi quuxo")
    expect(missing).to_have_text("· No document has the word “quuxi” or the word “quuxo”.")
    assert asked[3:] == ['"quuxi" OR "quuxo"']


def words_asked_of(request: Request) -> list[str]:
    """Return the query of a search that only counts documents with words."""
    body = request.post_data_json if request.url.endswith("/v1/search") else None
    return [body["q"]] if body and body["limit"] == 0 and body["mode"] == "text" else []
