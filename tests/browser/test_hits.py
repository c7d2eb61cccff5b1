"""Tests of hits: what they lead to, how they are narrowed, and that they stay true."""

import json
import re
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.stack import Stack

DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": "valves",
        "title": "Valves that leak",
        "content": "A valve leaks if dirt lies under its seat. Grind the seat and the leak ends.",
        "metadata": {"tags": ["valve", "repair"], "lang": "en", "size": 3},
    },
    {
        "id": "seals",
        "title": "Seals",
        "content": "An old seal leaks. Replace the seal when the valve is open.",
        "metadata": {"tags": ["seal", "repair"], "lang": "en"},
    },
    {
        "id": "ventile",
        "title": "Ventile",
        "content": "Ein valve, das leckt, braucht eine neue Dichtung.",
        "metadata": {"tags": ["valve"], "lang": "de"},
    },
]
COPY = "The pump manual says: turn the pump off before you open its lid, and wait until it is cold."


@pytest.fixture
def page(open_page: Open, stack: Stack, collection: str) -> Page:
    """The hits of a search for a valve that leaks, by words."""
    stack.write(*DOCUMENTS, collection=collection)
    stack.wait_until_embedded()
    page = open_page("&q=valve+leak&mode=text")
    expect(hits(page)).to_have_count(3)
    return page


def hits(page: Page) -> Locator:
    return page.get_by_label("Hits").locator(".hit")


def write(stack: Stack, collection: str, id_: str, content: str) -> None:
    stack.write({"id": id_, "content": content}, collection=collection)


def delete(stack: Stack, collection: str, id_: str) -> None:
    address = f"{stack.url}/v1/documents/{id_}"
    httpx.delete(address, params={"collection": collection}, trust_env=False).raise_for_status()


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


def test_tags_and_facets_filter_and_conditions_can_be_removed(page: Page) -> None:
    facets = page.locator("#facets")
    repair = facets.get_by_role("button", name=re.compile("^repair"))
    expect(repair).to_have_text("repair2")
    hits(page).filter(has_text="Valves that leak").get_by_role("button", name="repair").click()
    expect(hits(page)).to_have_count(2)
    expect(repair).to_have_attribute("aria-pressed", "true")
    facets.get_by_role("button", name=re.compile("^seal")).click()
    expect(hits(page)).to_have_count(1)
    assert json.loads(httpx.URL(page.url).params["filter"]) == {"tags": {"all": ["repair", "seal"]}}
    page.get_by_role("button", name="Remove the condition tags is repair").press("Enter")
    expect(hits(page)).to_have_count(1)
    last = page.get_by_role("button", name="Remove the condition tags is seal")
    expect(last).to_be_focused()
    last.press("Enter")
    expect(hits(page)).to_have_count(3)
    expect(page.locator("#search-summary")).to_be_focused()
    assert "filter" not in httpx.URL(page.url).params


def test_counts_of_a_former_filter_are_not_waited_for(page: Page) -> None:
    repair = page.locator("#facets").get_by_role("button", name=re.compile("^repair"))
    expect(repair).to_have_text("repair2")

    def hold_counts(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        if not ("facets" in body and body["filter"]):
            route.continue_()

    page.route("**/v1/search", hold_counts)
    with page.expect_request(lambda each: "facets" in (each.post_data or "")):
        hits(page).filter(has_text="Valves that leak").get_by_role("button", name="repair").click()
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Remove the condition tags is repair").click()
    expect(hits(page)).to_have_count(3)
    expect(repair).to_have_attribute("aria-pressed", "false")


def test_a_deleted_hit_has_no_link_and_a_changed_one_says_so_until_the_next_search(
    page: Page, stack: Stack, collection: str
) -> None:
    valves = hits(page).filter(has_text="Grind the seat")
    seals = hits(page).filter(has_text="An old seal")
    delete(stack, collection, "valves")
    expect(valves).to_contain_text("deleted")
    expect(valves.get_by_role("link")).to_have_count(0)
    write(stack, collection, "seals", "Nothing of that kind.")
    expect(seals).to_contain_text("changed since this search")
    expect(seals.get_by_role("link")).to_have_count(1)
    expect(page.get_by_text("2 of these hits have changed since this search.")).to_be_visible()
    page.get_by_role("button", name="Search again").click()
    expect(hits(page)).to_have_count(1)
    expect(hits(page)).to_contain_text("Ventile")
    expect(page.get_by_role("button", name="Search again")).to_be_hidden()


def test_a_change_before_the_stream_of_changes_is_not_missed(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write(*DOCUMENTS, collection=collection)

    def delete_before_the_stream(route: Route) -> None:
        if not deleted:
            deleted.append("seals")  # the page may ask again while this waits
            expect(hits(route.request.frame.page)).to_have_count(3)
            delete(stack, collection, "seals")
        route.continue_()

    deleted: list[str] = []
    page = open_page(
        "&q=valve+leak&mode=text",
        prepare=lambda page: page.route("**/v1/events", delete_before_the_stream),
    )
    expect(hits(page)).to_have_count(2)


def test_an_embedding_that_ends_is_no_change_of_a_hit(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.proxy.refuse()
    write(stack, collection, "waiting", "Ink that waits for its meaning")
    page = open_page("&q=ink&mode=text")
    expect(hits(page)).to_have_count(1)
    stack.proxy.heal()
    stack.wait_until_embedded()
    write(stack, collection, "later", "An event after that of the embedding")
    hits(page).get_by_role("button", name="Details").click()
    expect(hits(page)).to_contain_text("Searchable by words; its meaning is not stored yet")
    write(stack, collection, "waiting", "No such word")
    expect(page.get_by_text("1 of these hits has changed since this search.")).to_be_visible()


def test_changes_of_other_documents_leave_the_hits(
    page: Page, stack: Stack, collection: str
) -> None:
    others = [{"id": f"other-{n}", "content": "Not a hit"} for n in range(300)]
    stack.write(*others, *others, collection=collection)
    write(stack, collection, "seals", "The last change")
    expect(page.get_by_text("1 of these hits has changed since this search.")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('.hit').length") == 3
    expect(hits(page).filter(has_text="changed since")).to_have_count(1)


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


def relabel_similar(page: Page, *levels: str | None) -> None:
    def relabel(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        for hit, level in zip(content["hits"], levels, strict=True):
            hit["relevance"] = level
        route.fulfill(response=response, json=content)

    page.route(re.compile(r"/similar\?"), relabel)


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
    relabel_similar(page, *levels)
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


def test_a_search_of_all_collections_names_the_collection_of_each_hit(
    page: Page, stack: Stack, collection: str
) -> None:
    write(stack, f"{collection}-other", "elsewhere", "A valve elsewhere that leaks quaintly")
    page.get_by_label("Search query").fill("quaintly")
    expect(page.get_by_text("No document has these words.")).to_be_visible()
    page.get_by_role("button", name="Search in all collections").click()
    expect(hits(page)).to_contain_text(f"Has the word quaintly. In {collection}-other.")
    page.reload()
    expect(page.get_by_label("Where to search")).to_have_value("all")
    expect(hits(page)).to_contain_text(f"Has the word quaintly. In {collection}-other.")


def test_hits_can_be_ordered_by_their_last_change(
    page: Page, stack: Stack, collection: str
) -> None:
    write(stack, collection, "newest", "Once a valve")
    page.get_by_label("Order", exact=True).select_option("Newest first")
    titles = hits(page).locator("h2")
    expect(titles).to_have_count(4)
    expect(titles.first).to_have_text("newest")
    expect(hits(page).locator("time")).to_have_count(4)
    page.get_by_label("Order", exact=True).select_option("Best first")
    expect(titles.first).to_have_text("Valves that leak")
    expect(hits(page).locator("time")).to_have_count(0)


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

    def relabel(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        for hit, (relevance, by_meaning, rank, _) in zip(content["hits"], found, strict=True):
            hit |= {"relevance": relevance, "relevance_by_meaning": by_meaning}
            hit["ranks"]["text"] = rank
        route.fulfill(response=response, json=content)

    stack.write(*({"title": f"{n}", "content": "ink"} for n in range(7)), collection=collection)
    page.route("**/v1/search", relabel)
    page.get_by_label("Words", exact=True).check(force=True)
    page.get_by_label("Search query").fill("ink")
    expect(hits(page).locator(".why")).to_have_text([text for *_, text in found])


def test_levels_follow_the_order_and_weak_hits_stand_below(open_page: Open, stack: Stack) -> None:
    page = open_page("&q=")
    answer = {
        "relevance": ["strong", "weak", "strong", "weak", "weak"],
        "titles": ["One", "Two", "Three", "Four", "Five"],
    }

    def relabel(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        for hit, relevance in zip(content["hits"], answer["relevance"], strict=True):
            hit["relevance"] = relevance
        route.fulfill(response=response, json=content)

    collection = httpx.URL(page.url).params["collection"]
    documents = ({"title": title, "content": "ink"} for title in answer["titles"])
    stack.write(*documents, collection=collection)
    page.route("**/v1/search", relabel)
    page.get_by_label("Words", exact=True).check(force=True)
    page.get_by_label("Search query").fill("ink")
    expect(hits(page)).to_have_count(5)
    levels = [f"{level} match. " for level in ("Strong", "Fair", "Fair", "Weak", "Weak")]
    expect(hits(page).locator(".strength")).to_have_text(levels)
    weak = page.get_by_label("Weaker matches").get_by_role("listitem")
    expect(weak).to_have_count(2)
    beside = "(heading) => getComputedStyle(heading, '::before').content"
    assert weak.first.locator("h2").evaluate(beside) == "none"


def test_without_a_query_the_page_shows_what_was_changed_last(
    open_page: Open, stack: Stack, collection: str
) -> None:
    stack.write(*DOCUMENTS, collection=collection)
    page = open_page()
    recent = page.get_by_role("region", name="Recently changed")
    expect(recent.get_by_role("link")).to_have_count(3)
    delete(stack, collection, "seals")
    expect(recent.get_by_role("link")).to_have_count(2)
    page.get_by_label("Search query").fill("valve")
    expect(recent).to_be_hidden()


def test_an_empty_system_leads_to_a_first_hit_in_one_click(open_page: Open, stack: Stack) -> None:
    stack.clear()
    page = open_page()
    expect(page.get_by_role("link", name="New document")).to_have_attribute(
        "href", re.compile(r"^/console/document\?collection=.*&new$")
    )
    page.get_by_role("button", name="Write a sample document").click()
    expect(hits(page)).to_contain_text("About ink")
    expect(page.get_by_role("heading", name="There are no documents yet")).to_be_hidden()


def test_hits_and_facets_are_accessible_and_fit_every_screen(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    hits(page).first.get_by_role("button", name="Details").click()
    hits(page).first.get_by_role("button", name="repair").click()
    expect(hits(page)).to_have_count(2)
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        if size == PHONE:
            page.get_by_role("button", name="Narrow down").click()
        expect(page.locator("#facets")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_failed_search_can_be_tried_again(page: Page, page_errors: PageErrors) -> None:
    page_errors.ignored = "Failed to load resource"
    page.route("**/v1/search", lambda route: route.fulfill(status=500, body=""))
    page.get_by_label("Search query").fill("valve")
    expect(page.get_by_text("The API answered with status 500.")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(hits(page)).to_have_count(3)
