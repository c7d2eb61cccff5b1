"""Tests of Markdown: what becomes an element, what stays text, and texts of any size."""

import re
from collections.abc import Iterable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.reading import PATH, delete, query_of
from tests.browser.stack import Stack

HTML = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><mark>bold</mark> &lt;i&gt;'
LENGTH = 300_000

RENDER = """
async ([text, range]) => {
    const { blocks } = await import("/console/markdown/blocks.js");
    const { elementsOf } = await import("/console/markdown/elements.js");
    const element = document.createElement("div");
    element.append(...elementsOf(text, [...blocks(text)], range));
    return element.innerHTML;
}
"""
COUNT = """
async (text) => {
    const { blocks } = await import("/console/markdown/blocks.js");
    const { elementsOf } = await import("/console/markdown/elements.js");
    const found = [...blocks(text)];
    const texts = elementsOf(text, found, null).map((element) => element.textContent);
    const largest = found.reduce((most, { start, end }) => Math.max(most, end - start), 0);
    return [largest, texts.join("").length];
}
"""

PARAGRAPH = '<p class="paragraph">'
ADDRESS = re.compile(r'<a href="([^"]*)"')
REL = 'rel="noopener noreferrer nofollow external"'

ELEMENTS = {
    "One *two* **three** ~~four~~": (
        "<p>One <em>two</em> <strong>three</strong> <del>four</del></p>"
    ),
    "***both*** and **one *in* two**": (
        "<p><strong><em>both</em></strong> and <strong>one <em>in</em> two</strong></p>"
    ),
    "snake_case_name, 2 * 3 * 4": "<p>snake_case_name, 2 * 3 * 4</p>",
    "**never closed *here": "<p>**never closed *here</p>",
    "a `b * c` ``d ` e`` and ` alone": (
        "<p>a <code>b * c</code> <code>d ` e</code> and ` alone</p>"
    ),
    r"\*no\* \a": r"<p>*no* \a</p>",
    "## Two `x` ##": "<h3>Two <code>x</code></h3>",
    "Top\n===\nBelow\n---": "<h2>Top</h2><h3>Below</h3>",
    "- a\n- b\n  - c": (
        '<ul><li class="depth-1">a</li><li class="depth-1">b</li><li class="depth-2">c</li></ul>'
    ),
    ">>> 1 + 1\n2\n\n>>> print('- a')\n- a\n\n> quoted": (
        "<pre><code>&gt;&gt;&gt; 1 + 1\n2</code></pre>"
        "<pre><code>&gt;&gt;&gt; print('- a')\n- a</code></pre>"
        "<blockquote><p>quoted</p></blockquote>"
    ),
    ">>> a\n>> b": "".join(
        ["<blockquote>" * 3, "<p>a</p></blockquote>", "<p>b</p></blockquote></blockquote>"]
    ),
    "3. a\n4. b": '<ol start="3"><li class="depth-1">a</li><li class="depth-1">b</li></ol>',
    "```py\nif a < b:\n\n  # c\n```\nafter": (
        "<pre><code>if a &lt; b:\n\n  # c</code></pre><p>after</p>"
    ),
    "```\nnever closed": "<pre><code>never closed</code></pre>",
    "    indented": "<pre><code>    indented</code></pre>",
    "---\ntitle: x\n---\ntext": "<pre><code>title: x</code></pre><p>text</p>",
    "> a *b*\n> > c": (
        "<blockquote><p>a <em>b</em></p><blockquote><p>c</p></blockquote></blockquote>"
    ),
    "***\ntext": "<hr><p>text</p>",
    "short\nlines": "<p>short<br>lines</p>",
    "": "",
}
LINKS = {
    "[a](https://example.com/x_(y)?q=1)": ["https://example.com/x_(y)?q=1"],
    '[a](http://example.com "Title")': ["http://example.com/"],
    "[a](mailto:ink@example.com)": ["mailto:ink@example.com"],
    "see https://example.com/a.": ["https://example.com/a"],
    "<https://example.com/a>": ["https://example.com/a"],
    "![a](https://example.com/a.png)": ["https://example.com/a.png"],
    "[https://example.com](https://example.com/b)": ["https://example.com/b"],
    "[a](javascript:alert(1))": [],
    "[a](JaVaScRiPt:alert)": [],
    "[a](data:text/html,x)": [],
    "[a](//example.com)": [],
    "[a](notes/b.md)": [],
    "xhttps://example.com": [],
}
MARKED = {
    "One two\n\nthree four": "<p>One <mark>two</mark></p><p><mark>three</mark> four</p>",
    "A *b two* and\nthree, four": (
        "<p>A <em>b <mark>two</mark></em><mark> and</mark><br><mark>three</mark>, four</p>"
    ),
    "> One two\n> three four": (
        "<blockquote><p><mark>One two</mark><br><mark>three four</mark></p></blockquote>"
    ),
    "- one two\n- three": (
        '<ul><li class="depth-1">one <mark>two</mark></li>'
        '<li class="depth-1"><mark>three</mark></li></ul>'
    ),
    "```\none two\nthree four\n```": ("<pre><code>one <mark>two\nthree</mark> four</code></pre>"),
}
HOSTILE = (
    *("*", "_ ", "**a ", "`", "[", "[](", "![a](", "> ", "- ", "#", "|", "\\", "~", "a*", "h"),
    *("<https://", "* a `b", "\n\n", " ", "```\n", "| - |\n", "((((", "```\na\n\n", "[a](b(", ">"),
)


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH, query="&new", live=False)


def rendered(page: Page, texts: Iterable[str]) -> dict[str, str]:
    """Return the HTML of each text."""
    return {text: page.evaluate(RENDER, [text, None]) for text in texts}


def test_markdown_becomes_elements(page: Page) -> None:
    found = rendered(page, ELEMENTS)
    assert {text: html.replace(PARAGRAPH, "<p>") for text, html in found.items()} == ELEMENTS


def test_a_table_has_rows_and_cells(page: Page) -> None:
    text = "| A | B |\n|---|:-:|\n| *1* | 2 |\n| 3 |\n\nafter"
    html = page.evaluate(RENDER, [text, None])
    assert "<thead><tr><th>A</th><th>B</th></tr></thead>" in html
    assert "<tbody><tr><td><em>1</em></td><td>2</td></tr><tr><td>3</td></tr></tbody>" in html


def test_only_addresses_of_other_pages_become_links(page: Page) -> None:
    found = rendered(page, LINKS)
    assert {text: ADDRESS.findall(html) for text, html in found.items()} == LINKS
    assert not [html for html in found.values() if "<img" in html]
    assert not [html for html in found.values() if html.count("<a ") != html.count(REL)]


def test_a_passage_is_marked_in_elements(page: Page) -> None:
    for text, html in MARKED.items():
        passage = {"start": text.index("two"), "end": text.index("three") + len("three")}
        assert page.evaluate(RENDER, [text, passage]).replace(PARAGRAPH, "<p>") == html


def test_hostile_texts_are_read_in_bounded_blocks(page: Page) -> None:
    for pattern in HOSTILE:  # the test's time limit ends what takes too long
        text = (pattern * LENGTH)[:LENGTH]
        largest, length = page.evaluate(COUNT, text)
        assert largest <= 12_000, pattern
        assert length <= LENGTH, pattern


def test_the_html_of_a_document_stays_text(open_page: Open, stack: Stack, collection: str) -> None:
    text = f"{HTML}\n\n# {HTML}\n\n- {HTML}\n\n> {HTML}\n\n```\n{HTML}\n```\n\n[{HTML}](https://x.example)"
    document = {"id": HTML, "title": HTML, "content": text, "metadata": {"<i>a</i>": "<u>b</u>"}}
    stack.write(document, collection=collection)
    page = open_page(path=PATH, query=query_of(HTML))
    body = page.locator("#document-text")
    for heading in ("level 1", "level 2"):
        expect(page.get_by_role("heading", level=int(heading[-1]), name=HTML)).to_be_visible()
    expect(body.locator("p").first).to_have_text(HTML)
    expect(page.get_by_label("About this document")).to_contain_text("<u>b</u>")
    page.get_by_label("As written").check(force=True)
    expect(body).to_contain_text(f"> {HTML}")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Title")).to_have_value(HTML)
    assert page.locator("main :is(img, script, i, u, b, mark)").count() == 0
    assert page.evaluate("window.ran") is None


@pytest.fixture
def removed(stack: Stack, collection: str) -> Iterator[None]:
    """Delete the long document afterwards, whose embedding others would wait for."""
    yield
    delete(stack, "long", collection)


@pytest.mark.usefixtures("removed")
def test_a_long_text_appears_as_it_is_scrolled_or_at_once(
    open_page: Open, stack: Stack, collection: str
) -> None:
    content = "".join(f"Leaf {number} of ink and paper.\n\n" for number in range(4000))
    stack.write({"id": "long", "content": content}, collection=collection)
    page = open_page(path=PATH, query=query_of("long"))
    leaves = page.locator("#document-text p")
    expect(page.get_by_text("Leaf 0 of")).to_be_visible()
    assert leaves.count() < 1000
    # What is near is shown, too, so the button may move away from under a click.
    page.get_by_role("button", name="Show the rest").press("Enter")
    expect(leaves).to_have_count(4000)
    expect(page.get_by_role("button", name="Show the rest")).to_be_hidden()


@pytest.mark.usefixtures("removed")
def test_a_passage_deep_in_a_long_text_is_shown_at_once(
    open_page: Open, stack: Stack, collection: str
) -> None:
    content = "".join(f"Leaf {number} of ink \U0001f58b.\n\n" for number in range(4000))
    start = content.index("Leaf 3000")
    stack.write({"id": "long", "content": content}, collection=collection)
    page = open_page(
        path=PATH,
        query=query_of("long", start=start, end=start + 10),
    )
    mark = page.locator("mark")
    expect(mark).to_have_text("Leaf 3000")
    expect(mark).to_be_in_viewport()
    expect(mark).to_be_focused()
    assert page.locator("#document-text p").count() < 1000
    page.get_by_role("button", name="Show the text before").click()
    expect(mark).to_be_in_viewport()
    expect(page.get_by_text("Leaf 2950 of")).to_be_attached()
    page.get_by_role("button", name="Show from the beginning").click()
    expect(page.get_by_text("Leaf 0 of")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Show the text before")).to_be_hidden()
