"""How well a hit matches, in words."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.hits.found import hits, relabel
from tests.browser.stack import Stack


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["strong", "weak", None], ["strong", "weak", None]),
        ([None, "strong", "strong"], [None, "strong", "strong"]),
        (["fair", None, "strong", "weak"], ["fair", None, "fair", "weak"]),
        ([None, None], [None, None]),
    ],
)
def test_a_hit_of_unknown_relevance_does_not_change_the_levels_of_others(
    open_page: Open, given: list[str | None], shown: list[str | None]
) -> None:
    levels = """async (levels) => {
      const { levelsOf } = await import("/console/search/levels.js");
      return levelsOf(levels.map((relevance) => ({ relevance })));
    }"""
    assert open_page().evaluate(levels, given) == shown


def test_a_hit_is_called_similar_if_its_meaning_is_not_weak(
    open_page: Open, stack: Stack, collection: str
) -> None:
    page = open_page("&q=")
    found: list[tuple[str | None, str | None, int | None, str]] = [
        ("strong", "strong", 1, "Strong match. Has the word ink, and is similar in meaning."),
        ("strong", "fair", 2, "Strong match. Has the word ink, and is similar in meaning."),
        ("fair", "weak", 3, "Fair match. Has the word ink."),
        ("fair", "fair", None, "Fair match. Similar in meaning."),
        (None, None, 4, "Has the word ink."),
        ("weak", "weak", 5, "Weak match. Has the word ink."),
        ("weak", "weak", None, "Weak match. Not very similar in meaning."),
    ]
    labels: list[dict[str, Any]] = [
        {
            "relevance": relevance,
            "relevance_by_meaning": by_meaning,
            "ranks": {"semantic": None, "text": rank},
        }
        for relevance, by_meaning, rank, _ in found
    ]
    stack.write(*({"title": f"{n}", "content": "ink"} for n in range(7)), collection=collection)
    relabel(page, "**/v1/search", *labels)
    page.get_by_label("Words", exact=True).check(force=True)
    page.get_by_label("Search query").fill("ink")
    expect(hits(page).locator(".why")).to_have_text([text for *_, text in found])


def test_levels_follow_the_order_and_weak_hits_stand_below(open_page: Open, stack: Stack) -> None:
    page = open_page("&q=")
    relevance = ["strong", "weak", "strong", "weak", "weak"]
    collection = httpx.URL(page.url).params["collection"]
    documents = (
        {"title": title, "content": "ink"} for title in ("One", "Two", "Three", "Four", "Five")
    )
    stack.write(*documents, collection=collection)
    relabel(page, "**/v1/search", *({"relevance": each} for each in relevance))
    page.get_by_label("Words", exact=True).check(force=True)
    page.get_by_label("Search query").fill("ink")
    expect(hits(page)).to_have_count(5)
    levels = [f"{level} match. " for level in ("Strong", "Fair", "Fair", "Weak", "Weak")]
    expect(hits(page).locator(".strength")).to_have_text(levels)
    weak = page.get_by_label("Weaker matches").get_by_role("listitem")
    expect(weak).to_have_count(2)
    beside = "(heading) => getComputedStyle(heading, '::before').content"
    assert weak.first.locator("h2").evaluate(beside) == "none"
