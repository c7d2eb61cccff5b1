"""Markdown: front matter, links between pages, and the modules of MDX."""

import pytest

from shared.adapters.extraction.formats.markdown import page
from tests.adapters.extraction.conftest import Reads

NOTE = """---
title: Über Tinte
lang: no
tags: [blekk, "#papir", blekk]
date: 2024-03-01
published: 2024-03-01 10:30:00
due: 2024-13-45
time: 12:30
draft: no
rating: 4.5
author: {name: Ada, since: 1990}
---

Se [[Papir og penn|papiret]] og [[Blekk#tørketid]], ![[bilde.png]].

```sh
[[ -f x ]] && echo [[page]]
```
"""


def test_front_matter_is_metadata_and_tags_are_text_too(reads: Reads) -> None:
    (part,) = reads("notes/blekk.md", NOTE)
    assert part.title == "Über Tinte"
    assert part.language == "no"
    assert part.metadata == {
        "tags": ["blekk", "papir"],
        "lang": "no",
        "date": "2024-03-01",
        "published": "2024-03-01T10:30:00",
        "due": "2024-13-45",
        "time": "12:30",
        "draft": "no",
        "rating": 4.5,
        "author": {"name": "Ada", "since": 1990},
    }
    assert part.text.startswith(
        "Tags: blekk, papir\n\n\nSe papiret og Blekk > tørketid, bilde.png."
    )
    assert "[[ -f x ]] && echo [[page]]" in part.text
    assert part.marks == ()


def test_a_text_without_front_matter_stays_as_it_is() -> None:
    text = "# A heading\n\n---\nA line, and a [link](page.md).\n---\n"
    head, content = page(text, "page.md")
    assert content == text
    assert head.title == "A heading"
    assert head.metadata == {}
    assert page("Words", "a/page.md")[0].title == "page"


def test_toml_between_plus_signs() -> None:
    head, content = page('+++\ntitle = "Ink"\ntags = ["a"]\ndate = 2024-01-02\n+++\nText\n', "p.md")
    assert (head.title, content) == ("Ink", "Tags: a\n\nText\n")
    assert head.metadata == {"tags": ["a"], "date": "2024-01-02"}


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
)


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param(BOMB, id="aliases that multiply"),
        pytest.param("a: " + "[" * 20_000, id="deep"),
        pytest.param("a: [b", id="broken"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("a: !!python/object/apply:os.system [ls]", id="an object"),
        pytest.param("a: 1\n" * 20_000, id="long"),
    ],
)
def test_front_matter_that_cannot_be_read_is_text(inside: str) -> None:
    text = f"---\n{inside}\n---\nThe text.\n"
    head, content = page(text, "page.md")
    assert content == text
    assert head.metadata == {}


def test_the_modules_of_mdx_are_left_out(reads: Reads) -> None:
    text = (
        "---\ntitle: Ink\n---\nimport Chart from './chart'\nimport B from 'b'\n\n"
        "export const meta = {\n  a: 1\n}\n\n# Drying\n\nImport duties apply.\n\n"
        "A text about\nexport of goods.\n\n```js\nimport x from 'y'\n```\n"
    )
    (part,) = reads("page.mdx", text)
    assert part.title == "Ink"
    assert "chart" not in part.text
    assert "meta" not in part.text
    assert "export of goods." in part.text
    assert "import x from 'y'" in part.text
