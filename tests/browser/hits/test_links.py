"""A hit leads to its passage, its copies and similar documents, and the way back to the hits."""

import json
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.hits.found import DOCUMENTS, hits, relabel
from tests.browser.stack import Stack

COPY = "The pump manual says: turn the pump off before you open its lid, and wait until it is cold."


def test_a_hit_leads_to_its_passage_and_the_hits_are_kept_for_the_reader(
    page: Page, collection: str
) -> None:
    page.get_by_label("Both", exact=True).check(force=True)
    expect(page.locator("#search-timing")).to_contain_text("meaning")
    title = page.get_by_role("link", name="Valves that leak")
    address = httpx.URL(title.get_attribute("href") or "")
    passage = {name: int(address.params[name]) for name in ("start", "end", "version")}
    assert (address.path, address.params["id"]) == ("/console/document", "valves")
    quoted = DOCUMENTS[0]["content"][passage["start"] : passage["end"]]
    assert quoted in page.locator(".hit", has=title).locator(".snippet").inner_text()
    kept = json.loads(page.evaluate("sessionStorage.getItem('inkdex-hits')"))
    assert httpx.URL(kept["back"]).params["q"] == "valve leak"
    (hit,) = [each for each in kept["hits"] if each["id"] == "valves"]
    assert "leak" in hit.pop("words")
    assert hit == {"collection": collection, "id": "valves", **passage}


def test_coming_back_shows_the_same_hits_at_the_same_place(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write(
        *({"id": f"n{n:02}", "content": f"Ink number {n}"} for n in range(40)),
        collection=collection,
    )
    page = open_page("&q=ink&mode=text")
    for number in (20, 30):
        page.get_by_role("button", name="More hits").click()
        expect(hits(page)).to_have_count(number)
    title = hits(page).nth(24).get_by_role("link")
    title.focus()
    name, place = title.inner_text(), page.evaluate("Math.round(scrollY)")
    assert place > 0
    page.goto(f"{stack.url}/console/activity?collection={collection}")
    page.go_back()
    expect(hits(page)).to_have_count(30)
    expect(page.get_by_role("link", name=name)).to_be_focused()
    assert page.evaluate("Math.round(scrollY)") == pytest.approx(place, abs=2)


def test_copies_are_shown_as_one_hit_and_listed_on_demand(
    open_page: Open, stack: Stack, collection: str
) -> None:
    copies = [{"id": f"manual-{n}", "content": COPY} for n in range(3)]
    other = {"id": "other", "content": "A pump needs oil once a year, and a new belt after three."}
    stack.write(*copies, other, collection=collection)
    page = open_page("&q=pump&mode=text")
    expect(hits(page)).to_have_count(2)
    manual = hits(page).filter(has_text="turn the pump off")
    manual.get_by_role("button", name="2 copies").click()
    links = manual.get_by_label("Copies").get_by_role("link")
    shown = manual.locator("h2").inner_text()
    expect(links).to_have_count(2)
    assert {shown, *links.all_inner_texts()} == {"manual-0", "manual-1", "manual-2"}


def test_a_hit_lists_similar_documents_on_demand(page: Page) -> None:
    valves = hits(page).filter(has_text="Grind the seat")
    valves.get_by_role("button", name="Similar documents").click()
    similar = valves.get_by_label("Similar documents").get_by_role("link")
    expect(similar).to_have_text(["Seals", "Ventile"])
    expect(similar.first).to_have_attribute("href", re.compile("/console/document?.*id=seals"))


ONLY_WEAK = "Only weak matches: no document is much like this one."


@pytest.mark.parametrize(
    ("levels", "shown", "only_weak"),
    [
        (("strong", "weak"), ["SealsStrong match", "VentileWeak match"], False),
        (("weak", "weak"), ["SealsWeak match", "VentileWeak match"], True),
        ((None, None), ["Seals", "Ventile"], False),
    ],
)
def test_similar_documents_say_how_similar_they_are(
    page: Page, levels: tuple[str | None, ...], shown: list[str], *, only_weak: bool
) -> None:
    relabel(page, re.compile(r"/similar\?"), *({"relevance": each} for each in levels))
    valves = hits(page).filter(has_text="Grind the seat")
    valves.get_by_role("button", name="Similar documents").click()
    expect(valves.get_by_label("Similar documents").get_by_role("listitem")).to_have_text(shown)
    expect(valves.get_by_text(ONLY_WEAK)).to_have_count(int(only_weak))
    valves.get_by_role("link").first.click()
    page.locator("#similar summary").click()
    expect(page.locator("#similar-list li")).to_have_text([ONLY_WEAK] * only_weak + shown)
    heights = "(all) => all.map((drop) => drop.getBoundingClientRect().height)"
    drops = page.locator("#similar-list .drop")
    assert all(height < 20 for height in drops.evaluate_all(heights))
    assert Axe().run(page).violations_count == 0
