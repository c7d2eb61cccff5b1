"""Hits stay true while documents change."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.hits.found import DOCUMENTS, delete, hits, write
from tests.browser.stack import Stack


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
