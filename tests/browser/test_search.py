"""Tests of the search: hits, explanations, filters, and outages of the model server."""

import json
import re
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.corpus import notes
from tests.browser.stack import Stack

JSON_ONLY: list[dict[str, dict[str, int] | str | list[dict[str, str]]]] = [
    {"or": [{"lang": "en"}, {"lang": "de"}]},
    {"year": {"near": 2020}},
    {"note": "two\nlines"},
    {"year": {}},
]


@pytest.fixture(scope="module")
def notes_collection(shared_stack: Stack) -> str:
    """A collection of notes, all of them ready."""
    shared_stack.write(*notes(), collection="notes")
    shared_stack.wait_until_embedded()
    return "notes"


@pytest.fixture
def collection(notes_collection: str) -> str:
    return notes_collection


def test_a_hit_says_why_it_is_there_and_shows_its_ranks_on_demand(page: Page) -> None:
    page.get_by_label("Search query").press_sequentially("cooking starch paste", delay=20)
    hit = page.get_by_label("Hits").locator(".hit").first
    expect(hit).to_contain_text("Wheat paste")
    expect(hit.locator("mark")).to_have_text(["paste", "Cook", "starch"])
    why = hit.locator(".why")
    words = "Has the words cooking (as Cook), starch and paste, and is similar in meaning"
    expect(why).to_have_text(re.compile(rf"^(Strong|Fair) match\. {re.escape(words)}\."))
    expect(hit).not_to_contain_text("1st")
    hit.get_by_role("button", name="Details").click()
    expect(hit).to_contain_text(re.compile(r"1st by meaning, similarity 0\.[4-9]\d"))
    expect(hit).to_contain_text(re.compile(r"1st by words, score \d+\.\d"))
    expect(hit).to_contain_text("year2023")
    expect(hit).not_to_contain_text("passage")
    expect(page.locator("#search-summary")).to_have_text(
        re.compile(r"10 of 18 documents in .*\sm?s")
    )
    timing = page.locator("#search-timing")
    expect(timing).to_contain_text(re.compile(r"took .*: .* for the query’s meaning, .* for find"))
    page.get_by_label("Search query").fill("")
    expect(page.get_by_label("Hits").get_by_role("listitem")).to_have_count(0)
    page.get_by_label("Search query").fill("cooking starch paste")
    expect(timing).to_contain_text("the query’s meaning was known from before")


def test_a_hit_leads_to_the_nearest_chunk_of_a_long_document(page: Page, stack: Stack) -> None:
    dull = "The committee 🙂 met, and <b>nothing</b> was decided about the budget. " * 40
    text = f"{dull}\n\nA quokka was seen near the lighthouse at dawn.\n\n{dull}"
    query = {"collection": "long"}
    stack.write({"id": "minutes", "content": text}, collection=query["collection"])
    stack.wait_until_embedded()
    page.goto(f"{stack.url}/?collection=long&q=animals+by+the+sea+committee")
    hit = page.get_by_label("Hits").locator(".hit")
    expect(hit).to_contain_text("Has the word committee")
    expect(hit).to_contain_text("Another passage is nearest in meaning.")
    page.get_by_role("button", name="Details").click()
    search = {**query, "q": "animals by the sea committee"}
    answer = httpx.get(f"{stack.url}/v1/search", params=search, trust_env=False).json()
    nearest = answer["hits"][0]["nearest"]
    start, end = nearest["start"], nearest["end"]
    chunk = hit.get_by_role("link", name=re.compile(rf"^characters {start + 1:,} to {end:,}, one"))
    chunk.click()
    expect(page.locator("#document-text mark").first).to_be_focused()
    marked = "".join(page.locator("#document-text mark").all_text_contents())
    assert "".join(marked.split()) == "".join(text[start:end].split())


HAD_WORDS = """async ([query, marked]) =>
    (await import("/console/search/had_words.js")).hadWords(query, marked)
        .map(({ text, form }) => (form ? `${text} (${form})` : text))"""


@pytest.mark.parametrize(
    ("query", "marked", "words"),
    [
        ("copy a folder tree", ["ElementTree", "copy"], ["copy", "tree"]),
        (
            "ignore copies dirs_exist_ok",
            ["exists", "FileExistsError", "dirs_exist_ok"],
            ["dirs_exist_ok"],
        ),
        ("exist_ok", ["exists"], ["exist (exists)"]),
        ("cooking -raw", ["Cook"], ["cooking (Cook)"]),
        ('"café noir" dry', ["Cafe", "dries"], ["café", "dry (dries)"]),
        ("car carpet", ["car"], ["car"]),
        ("car carpet", ["carpet"], ["carpet"]),
        ("the theory of ink", ["theory"], ["theory"]),
        ("RE-2024-00173", ["00173"], ["00173"]),
        ("東京タワー", ["東京"], ["東京"]),
        ("os.listdir", ["os", "OSError"], ["os"]),
        ("json.loadz", ["json"], ["json"]),
        ("json.loadz", ["json.loads"], ["json"]),
        ("INV-2024-00173", ["INV", "2024"], ["INV", "2024"]),
        ("mouse", ["mice"], ["mice"]),
        ("", ["ink"], ["ink"]),
    ],
)
def test_a_hit_names_the_words_of_the_query_as_they_are_written(
    page: Page, query: str, marked: list[str], words: list[str]
) -> None:
    assert page.evaluate(HAD_WORDS, [query, marked]) == words


def test_the_url_keeps_query_and_mode(page: Page) -> None:
    page.get_by_label("Search query").fill("paste")
    page.get_by_label("Words", exact=True).check(force=True)
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("Has the word paste.")
    page.reload()
    expect(page.get_by_label("Words", exact=True)).to_be_checked()
    expect(hits).to_have_count(1)
    page.get_by_label("Meaning", exact=True).check(force=True)
    expect(hits).to_have_count(10)
    page.get_by_role("button", name="More hits").click()
    expect(hits).to_have_count(18)


def filtered_by_year(page: Page) -> Locator:
    """Search with a condition on the year, and return the two matching hits."""
    page.get_by_label("Search query").fill("ink on paper")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Metadata field").fill("year")
    page.get_by_label("Comparison").select_option("at least")
    page.get_by_label("Value").fill("2024")
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(2)
    return hits


def test_conditions_filter_hits_and_can_be_edited_as_json(page: Page) -> None:
    hits = filtered_by_year(page)
    page.get_by_role("button", name="As JSON").click()
    box = page.get_by_label("Filter as JSON")
    expect(box).to_have_value(re.compile(r'"year": \{\s*"gte": 2024'))
    box.fill('{"topic": {"in": ["ink", "type"]}}')
    expect(hits).to_have_count(7)


def test_a_filter_is_the_same_in_both_forms(page: Page) -> None:
    page.get_by_role("button", name="Filter").click()
    switch = page.get_by_role("button", name="As JSON")
    box = page.get_by_label("Filter as JSON")
    switch.click()
    written = {"year": "2024", "open": "true", "note": "", "lang": {"in": ["de", "en"]}, "n": 7}
    box.fill(json.dumps(written))
    switch.click()
    values = page.get_by_label("Value").evaluate_all(
        "boxes => boxes.map((element) => element.value)"
    )
    assert values == ['"2024"', '"true"', '""', '["de","en"]', "7"]
    switch.click()
    same = {
        name: value if isinstance(value, dict) else {"eq": value} for name, value in written.items()
    }
    assert json.loads(box.input_value()) == same
    for filter_ in JSON_ONLY:
        box.fill(json.dumps(filter_))
        switch.click()
        expect(page.locator("#filter-error")).to_contain_text("It stays as JSON")
        page.wait_for_timeout(300)  # longer than the delay between typing and searching
        expect(page.locator("#filter-error")).to_contain_text("It stays as JSON")
        assert json.loads(box.input_value()) == filter_


def test_focus_moves_to_another_condition_after_a_removal(page: Page) -> None:
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="Add a condition").click()
    remove = page.get_by_role("button", name="Remove this condition")
    remove.first.press("Enter")
    expect(page.get_by_label("Metadata field")).to_be_focused()
    remove.press("Enter")
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.get_by_role("button", name="Filter")).to_be_focused()


def test_escape_closes_the_filter_and_keeps_it(page: Page) -> None:
    filtered_by_year(page)
    page.get_by_label("Metadata field").press("Escape")
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.get_by_role("button", name="Filter (1)")).to_be_focused()


def test_the_filter_closes_with_its_last_condition(page: Page) -> None:
    filtered_by_year(page)
    page.get_by_role("button", name="Remove the condition").click()
    expect(page.locator("#filter")).to_be_hidden()


def test_the_url_keeps_the_filter(page: Page) -> None:
    hits = filtered_by_year(page)
    page.reload()
    expect(hits).to_have_count(2)
    page.get_by_role("button", name="Filter (1)").click()
    expect(page.get_by_label("Comparison")).to_have_value("gte")
    expect(page.get_by_label("Value")).to_have_value("2024")
    page.get_by_role("button", name="As JSON").click()
    page.get_by_label("Filter as JSON").fill('{"year": {"gte": 2024, "eq": [1]}, "x":')
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(hits).to_have_count(10)
    assert "filter" not in httpx.URL(page.url).params


def test_an_invalid_filter_shows_an_error(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "422"
    page.get_by_label("Search query").fill("ink")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="As JSON").click()
    for text, error in (
        ('{"year":', "The filter is not valid JSON: its end is missing."),
        ('{"year": x}', "The filter is not valid JSON: it is wrong near 'x'."),
        ('{"gender": x}', "The filter is not valid JSON: it is wrong near 'x'."),
        ("[1]", "The filter must be a JSON object"),
        ('{"year": {"near": 2020}}', "year has no operator 'near'"),
        ('{"year": {"gt": [1]}}', "year gt must be a number or a string"),
    ):
        page.get_by_label("Filter as JSON").fill('{"topic": "ink"}')
        expect(page.get_by_label("Active conditions")).to_be_visible()
        page.get_by_label("Filter as JSON").fill(text)
        expect(page.locator("#filter-error")).to_contain_text(error)
        expect(page.get_by_label("Active conditions")).to_be_hidden()
        expect(page.locator("#filter-toggle")).to_have_text("Filter")
        expect(page.get_by_label("Hits").locator(".hit")).to_have_count(0)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("#filter-error")).to_be_empty()
    expect(page.get_by_label("Hits").locator(".hit")).not_to_have_count(0)


def test_a_link_with_a_broken_filter_shows_what_is_wrong(
    open_page: Open, page_errors: PageErrors
) -> None:
    page_errors.ignored = "422"
    for text, error in (
        ('{"year":', "The filter is not valid JSON"),
        ('{"year": {"near": 2020}}', "year has no operator 'near'"),
    ):
        page = open_page(f"&q=ink&filter={quote(text)}")
        expect(page.get_by_label("Filter as JSON")).to_be_visible()
        expect(page.get_by_text(error)).to_be_visible()


def test_a_search_is_degraded_during_an_outage_of_the_model_server(
    page: Page, stack: Stack
) -> None:
    stack.proxy.refuse()
    page.get_by_label("Search query").fill("what takes the strain of a cover")
    notice = page.get_by_text(
        "Results match words only, because the model server is not answering."
    )
    expect(notice).to_be_visible()
    expect(page.get_by_label("Hits").locator(".hit").first).to_contain_text("Sewing on tapes")
    expect(page.get_by_label("Hits")).not_to_contain_text("in meaning")
    expect(page.locator("#status-sentence")).to_contain_text("Model server down")
    expect(page.get_by_label("Problems")).to_contain_text("Searches use words only")
    stack.proxy.heal()
    expect(notice).to_be_hidden()
    expect(page.get_by_label("Hits")).to_contain_text("in meaning")
    expect(page.locator("#components")).to_contain_text("Model server answers")
    expect(page.get_by_label("Problems")).to_be_empty()


def test_hits_keep_their_focus_during_an_outage_of_the_model_server(
    page: Page, stack: Stack
) -> None:
    stack.proxy.refuse()
    page.get_by_label("Search query").fill("strain that a cover takes")
    title = page.get_by_label("Hits").get_by_role("link", name="Sewing on tapes")
    title.focus()
    summary = page.locator("#search-summary").inner_text()
    for _ in range(2):
        with page.expect_response("**/v1/search"):
            page.clock.fast_forward(2000)  # the page reads the status this often
    page.wait_for_timeout(100)
    expect(title).to_be_focused()
    expect(page.locator("#search-summary")).to_have_text(summary)
    stack.proxy.heal()
    expect(page.get_by_label("Hits")).to_contain_text("in meaning")
    expect(title).to_be_focused()


def test_a_search_by_meaning_offers_words_during_an_outage(
    open_page: Open, stack: Stack, page_errors: PageErrors
) -> None:
    page_errors.ignored = "503"
    page = open_page("&mode=semantic")
    stack.proxy.refuse()
    page.get_by_label("Search query").fill("sewing a book")
    page.get_by_role("button", name="Search by words").click()
    expect(page.get_by_label("Hits").locator(".hit").first).to_contain_text("Sewing on tapes")
