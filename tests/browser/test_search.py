"""Search as you type, and what each answer says of itself."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open, Watch
from tests.browser.corpus import notes
from tests.browser.stack import Stack

UNSAYABLE: list[dict[str, dict[str, int] | str]] = [
    {"year": {"near": 2020}},
    {"note": "two\nlines"},
    {"year": {}},
]


@pytest.fixture(scope="module")
def shelf(shared_stack: Stack) -> str:
    """A collection with notes in it, all of them ready."""
    shared_stack.write(*notes(), collection="notes")
    shared_stack.settled()
    return "notes"


@pytest.fixture
def collection(shelf: str) -> str:
    return shelf


def test_hits_are_marked_and_say_why(page: Page) -> None:
    page.get_by_label("What to search for").press_sequentially("cooking starch paste", delay=20)
    hit = page.get_by_label("Hits").get_by_role("listitem").first
    expect(hit).to_contain_text("Wheat paste")
    expect(hit.locator("mark")).to_have_text(["Cook", "starch"])
    expect(hit).to_contain_text("1st by meaning 0.091 + 1st by words 0.091 = 0.182")
    expect(hit.locator(".why")).to_contain_text(re.compile(r"0\.[4-9]\d\salike"))
    expect(hit).not_to_contain_text("chunks")
    summary = page.locator("#summary")
    expect(summary).to_have_text(re.compile(r"10 hits in .*\sm?s: query embedded in .*, searched"))
    page.get_by_label("What to search for").fill("")
    expect(page.get_by_label("Hits").get_by_role("listitem")).to_have_count(0)
    page.get_by_label("What to search for").fill("cooking starch paste")
    expect(summary).to_contain_text("query embedding cached")


def test_of_a_long_document_the_nearest_chunk_is_shown(
    page: Page, stack: Stack, watch: Watch
) -> None:
    watch.forgiven = "503"
    dull = "The committee 🙂 met, and <b>nothing</b> was decided about the budget. " * 40
    text = f"{dull}\n\nA quokka was seen near the lighthouse at dawn.\n\n{dull}"
    query = {"collection": "long"}
    stack.write({"id": "minutes", "content": text}, collection=query["collection"])
    stack.settled()
    page.goto(f"{stack.url}/?collection=long&q=animals+by+the+sea&mode=semantic")
    expect(page.locator(".document")).to_contain_text(re.compile(r"held as \d+ chunks"))
    page.route("**/v1/documents/minutes?*", lambda it: it.fulfill(status=503, body="busy"))
    summary = page.get_by_text(re.compile(r"The nearest of its \d+ chunks"))
    summary.click()
    expect(page.locator(".nearest")).to_have_text("The API answered 503.")
    page.unroute_all()
    summary.click()
    summary.click()
    chunk = page.get_by_label("Nearest chunk")
    expect(chunk).to_contain_text("A quokka was seen near the lighthouse")
    asked = {**query, "q": "animals by the sea", "mode": "semantic"}
    answer = httpx.get(f"{stack.url}/v1/search", params=asked, trust_env=False).json()
    nearest = answer["hits"][0]["nearest"]
    assert chunk.evaluate("it => it.textContent") == text[nearest["start"] : nearest["end"]]
    place = f"Characters {nearest['start'] + 1:,} to {nearest['end']:,} of {len(text):,}"
    expect(page.get_by_text(place)).to_be_visible()


def test_the_mode_decides_and_the_address_keeps_the_question(page: Page) -> None:
    page.get_by_label("What to search for").fill("paste")
    page.get_by_label("Words", exact=True).check(force=True)
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("1st by words 0.091")
    page.reload()
    expect(page.get_by_label("Words", exact=True)).to_be_checked()
    expect(hits).to_have_count(1)
    page.get_by_label("Meaning", exact=True).check(force=True)
    expect(hits).to_have_count(10)
    page.get_by_role("button", name="More hits").click()
    expect(hits).to_have_count(18)


def filtered_by_year(page: Page) -> Locator:
    """Search with a condition on the year; return the two hits that hold it."""
    page.get_by_label("What to search for").fill("ink on paper")
    page.get_by_role("button", name="Filter").click()
    page.get_by_label("Field of the metadata").fill("year")
    page.get_by_label("Comparison").select_option("at least")
    page.get_by_label("Value").fill("2024")
    hits = page.get_by_label("Hits").locator(".hit")
    expect(hits).to_have_count(2)
    return hits


def test_conditions_filter_and_become_json(page: Page) -> None:
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
    values = page.get_by_label("Value").evaluate_all("boxes => boxes.map((it) => it.value)")
    assert values == ['"2024"', '"true"', '""', '["de","en"]', "7"]
    switch.click()
    same = {name: it if isinstance(it, dict) else {"eq": it} for name, it in written.items()}
    assert json.loads(box.input_value()) == same
    for unsayable in UNSAYABLE:
        box.fill(json.dumps(unsayable))
        switch.click()
        expect(page.locator("#filter-error")).to_contain_text("It stays as JSON")
        page.wait_for_timeout(300)  # longer than what was typed waits to be asked
        expect(page.locator("#filter-error")).to_contain_text("It stays as JSON")
        assert json.loads(box.input_value()) == unsayable


def test_focus_stays_among_the_conditions(page: Page) -> None:
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="Add a condition").click()
    remove = page.get_by_role("button", name="Remove this condition")
    remove.first.press("Enter")
    expect(page.get_by_label("Field of the metadata")).to_be_focused()
    remove.press("Enter")
    expect(page.get_by_role("button", name="Add a condition")).to_be_focused()


def test_the_address_keeps_the_filter(page: Page) -> None:
    hits = filtered_by_year(page)
    page.reload()
    expect(hits).to_have_count(2)
    expect(page.get_by_role("button", name="Filter (1)")).to_be_visible()
    expect(page.get_by_label("Comparison")).to_have_value("gte")
    expect(page.get_by_label("Value")).to_have_value("2024")
    page.get_by_role("button", name="As JSON").click()
    page.get_by_label("Filter as JSON").fill('{"year": {"gte": 2024, "eq": [1]}, "x":')
    page.get_by_role("button", name="Clear").click()
    expect(hits).to_have_count(10)
    assert "filter" not in httpx.URL(page.url).params


def test_what_is_wrong_with_a_filter_is_told(page: Page, watch: Watch) -> None:
    watch.forgiven = "422"
    page.get_by_label("What to search for").fill("ink")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="As JSON").click()
    for written, told in (
        ('{"year":', "Not valid JSON yet"),
        ("[1]", "A filter is a JSON object"),
        ('{"year": {"near": 2020}}', "year has no operator 'near'"),
        ('{"year": {"gt": [1]}}', "year gt must be a number or a string"),
    ):
        page.get_by_label("Filter as JSON").fill(written)
        expect(page.locator("#filter-error")).to_contain_text(told)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#filter-error")).to_be_empty()
    expect(page.get_by_label("Hits").locator(".hit")).not_to_have_count(0)


def test_a_search_is_degraded_while_the_model_server_is_gone(page: Page, stack: Stack) -> None:
    stack.proxy.refuse()
    page.get_by_label("What to search for").fill("what takes the strain of a cover")
    notice = page.get_by_text("By words alone: the model server does not answer.")
    expect(notice).to_be_visible()
    expect(page.get_by_label("Hits").locator(".hit").first).to_contain_text("Sewing on tapes")
    expect(page.get_by_label("Hits")).not_to_contain_text("by meaning")
    expect(page.get_by_text("Ollama down")).to_be_visible()
    expect(page.get_by_label("What is wrong")).to_contain_text("searches go by words alone")
    stack.proxy.heal()
    expect(notice).to_be_hidden()
    expect(page.get_by_label("Hits")).to_contain_text("1st by meaning")
    expect(page.get_by_text("Ollama answers")).to_be_visible()
    expect(page.get_by_label("What is wrong")).to_be_empty()


def test_hits_stay_while_the_model_server_is_gone(page: Page, stack: Stack) -> None:
    stack.proxy.refuse()
    page.get_by_label("What to search for").fill("strain that a cover takes")
    title = page.get_by_label("Hits").get_by_role("button", name="Sewing on tapes")
    title.focus()
    told = page.locator("#summary").inner_text()
    for _ in range(2):
        with page.expect_response("**/v1/search"):
            pass
    page.wait_for_timeout(100)
    expect(title).to_be_focused()
    expect(page.locator("#summary")).to_have_text(told)
    stack.proxy.heal()
    expect(page.get_by_label("Hits")).to_contain_text("1st by meaning")
    expect(title).to_be_focused()


def test_meaning_alone_can_not_be_degraded_and_words_are_offered(
    open_page: Open, stack: Stack, watch: Watch
) -> None:
    watch.forgiven = "503"
    page = open_page("&mode=semantic")
    stack.proxy.refuse()
    page.get_by_label("What to search for").fill("sewing a book")
    page.get_by_role("button", name="Search by words").click()
    expect(page.get_by_label("Hits").locator(".hit").first).to_contain_text("Sewing on tapes")
