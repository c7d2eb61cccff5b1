"""Tests of what a document without a title is called."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.document_list import PATH, row
from tests.browser.stack import Stack

CHOSEN = "my-note"
TEXT = "# Oak gall ink\n\nIt browns with age."


def made_id(stack: Stack, collection: str, content: str) -> str:
    answer = httpx.post(
        f"{stack.url}/v1/documents",
        params={"collection": collection},
        json={"content": content},
        trust_env=False,
    )
    id_: str = answer.raise_for_status().json()["id"]
    return id_


def test_a_note_is_called_by_its_first_words(
    open_page: Open, stack: Stack, collection: str
) -> None:
    id_ = made_id(stack, collection, TEXT)
    stack.write({"id": CHOSEN, "content": "Oak gall, another note."}, collection=collection)
    page = open_page(path=PATH)
    expect(row(page, CHOSEN)).to_be_visible()
    note = row(page, "Oak gall ink")
    expect(note.locator(".excerpt")).to_have_text("It browns with age.")
    expect(note.get_by_role("checkbox")).to_have_accessible_name("Select Oak gall ink")
    note.get_by_role("link").click()
    expect(page.locator("#page-title")).to_have_text("Oak gall ink")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete Oak gall ink?")).to_be_visible()
    page.goto(f"{stack.url}/?collection={collection}&q=oak+gall")
    titles = page.get_by_label("Hits").locator(".title")
    expect(titles).to_have_count(2)
    expect(titles.filter(has_text=re.compile("^Oak gall ink"))).to_have_count(1)
    expect(page.get_by_text(id_)).to_have_count(0)


def test_names_are_cut_between_words(page: Page) -> None:
    script = """async (documents) => {
        const { nameOf, shortNameOf } = await import("/console/lib/document_name.js");
        return documents.map((each) => [nameOf(each), shortNameOf(each)]);
    }"""
    id_ = "01a2289f-0b3c-7885-8000-0123456789ab"
    words = "ink " * 30
    documents = [
        {"title": "Title", "id": id_, "content": words},
        {"title": None, "id": id_, "content": words},
        {"title": None, "id": id_.replace("-", ""), "excerpt": "- first\nsecond"},
        {"title": None, "id": id_, "content": " "},
        {"title": None, "id": f"{id_}.md", "content": words},
        {"title": None, "id": id_, "content": "𐐷" * 100},
        {"title": None, "id": id_, "content": "---\ntag: a\n---\n\n***\n# Oak gall\n"},
        {"title": None, "id": id_, "content": "```js\nlet ink = 1;\n```"},
        {"title": None, "id": id_, "content": "---\ntitle: never closed\n"},
    ]
    assert page.evaluate(script, documents) == [
        ["Title", "Title"],
        [f"{'ink ' * 19}ink…", f"{'ink ' * 6}ink…"],
        ["first", "first"],
        ["Untitled (89ab)", "Untitled (89ab)"],
        [f"{id_}.md", f"{id_[:30]}…"],
        [f"{'𐐷' * 80}…", f"{'𐐷' * 30}…"],
        ["Oak gall", "Oak gall"],
        ["let ink = 1;", "let ink = 1;"],
        ["title: never closed", "title: never closed"],
    ]


def test_a_passage_of_another_place_gives_no_name(page: Page) -> None:
    script = """async (id) => {
        const { excerptOf, nameByPassage } = await import("/console/lib/document_name.js");
        return [
            nameByPassage({ id }, "It browns with age.", true),
            nameByPassage({ id }, "It browns with age.", false),
            nameByPassage({ id }, "…dries.", false),
            nameByPassage({ id, title: "Ink" }, "It browns with age.", false),
            excerptOf({ excerpt: "# Oak gall ink" }, "Oak gall ink"),
            excerptOf({ excerpt: "- Oak gall\\n- Soot" }, "Oak gall"),
            excerptOf({ excerpt: "---\\ntag: a\\n---\\nInk" }, "my-note"),
        ];
    }"""
    names = ["It browns with age.", "Untitled (89ab)", "Untitled (89ab)", "Ink"]
    excerpts = ["", "- Soot", "Ink"]
    assert page.evaluate(script, "01a2289f-0b3c-7885-8000-0123456789ab") == names + excerpts


def test_a_note_of_one_line_is_shown_once(open_page: Open, stack: Stack, collection: str) -> None:
    id_ = made_id(stack, collection, "Oak gall")
    stack.write({"id": CHOSEN, "content": "Soot"}, collection=collection)
    page = open_page(path=PATH)
    expect(row(page, "Oak gall").locator(".excerpt")).to_be_empty()
    page.goto(f"{stack.url}/?collection={collection}")
    recent = page.locator("#recent-list li")
    expect(recent.locator("p")).to_have_text(["Soot", ""])
    expect(page.get_by_text(id_)).to_have_count(0)


def test_tags_that_repeat_the_first_words_are_left_out(
    open_page: Open, stack: Stack, collection: str
) -> None:
    httpx.post(
        f"{stack.url}/v1/documents",
        params={"collection": collection},
        json={"content": "About ink", "metadata": {"subject": "ink"}},
        trust_env=False,
    ).raise_for_status()
    page = open_page(path=PATH)
    expect(row(page, "About ink").locator(".tags button")).to_have_count(0)
