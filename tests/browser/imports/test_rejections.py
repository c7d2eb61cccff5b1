"""Invalid documents affect no others, and are named."""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.imports.importing import (
    choose,
    expect_counts,
    lines,
    listed_imports,
    not_imported,
    stored,
)
from tests.browser.stack import Stack
from tests.support.processes import eventually

DROP = """
(texts) => {
    const data = new DataTransfer();
    for (const [name, text] of Object.entries(texts)) data.items.add(new File([text], name));
    for (const type of ["dragenter", "dragover", "drop"])
        document.body.dispatchEvent(
            new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
}
"""
HOSTILE = b"\n".join(
    [
        b"",
        b'{"id": "first", "content": "good"}\r',
        b"{broken",
        b'{"content": "\xff"}',
        b'{"content": "%s"}' % (b"x" * (9 << 20)),
        b'{"content": ""}',
        b"[]",
        # Objects, not arrays: some engines serialize nested arrays without recursion.
        b'{"content": %s1%s}' % (b'{"0":' * 200_000, b"}" * 200_000),
        b'{"content": "", "metadata": %s1%s}' % (b'{"0":' * 200_000, b"}" * 200_000),
        b'{"id": "last", "content": "no newline at the end"}',
    ]
)


def test_invalid_documents_do_not_affect_others(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    page.evaluate(DROP, {"<b>good</b>.txt": "<script>window.ran = 1</script>"})
    expect_counts(page, "1 of 1 file is searchable.")
    bad = tmp_path / "mixed.jsonl"
    bad.write_bytes(HOSTILE)
    (tmp_path / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "<i>.png").write_bytes(b"PNG")
    choose(page, bad, tmp_path / "latin.txt", tmp_path / "<i>.png")
    expect_counts(page, "3 of 10 items are searchable. 7 rejected. 1 more was skipped.")
    rejected = not_imported(page)
    for index, (location, reason) in enumerate(
        [
            ("mixed.jsonl, line 3", "is not valid JSON at column 2: a name needs double quotes"),
            ("mixed.jsonl, line 4", "not valid UTF-8"),
            ("mixed.jsonl, line 5", "longer than 8,388,608 bytes"),
            ("mixed.jsonl, line 6", "content: must have at least 1 character"),
            ("mixed.jsonl, line 7", "must be a JSON object"),
            ("mixed.jsonl, line 8", "The JSON has more than 33,000 values."),
            ("mixed.jsonl, line 9", "The JSON has more than 33,000 values."),
            ("<i>.png", ".png is not supported"),
        ]
    ):
        expect(rejected.nth(index)).to_contain_text(f"{location}: ")
        expect(rejected.nth(index)).to_contain_text(reason)
    ids = {"<b>good</b>.txt", "first", "last", "latin.txt"}
    eventually(lambda: set(stored(stack, collection)) == ids, "the server has read the files")
    assert stored(stack, collection)["latin.txt"]["content"] == "Grüße"
    assert page.evaluate("window.ran") is None


def test_what_is_rejected_fills_no_bar_and_its_report_stays(
    page: Page, collection: str, tmp_path: Path
) -> None:
    def bars() -> list[float]:
        values = "bars => bars.map(bar => bar.value)"
        found: list[float] = page.locator("#stages progress").evaluate_all(values)
        return found

    choose(page, lines(tmp_path / "bad.jsonl", [], []))
    expect(page.locator("#import-state")).to_have_text("Nothing of bad.jsonl could be imported.")
    expect(page.locator("#stage-sent")).to_contain_text("0 of 2 documents")
    assert bars() == [0, 0, 0]
    row = listed_imports(page).first
    expect(row).to_contain_text("2 rejected")
    expect(row).not_to_contain_text(collection)
    expect(row).to_have_attribute("data-status", "failed")
    choose(page, lines(tmp_path / "half.jsonl", {"content": "good"}, []))
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    expect(page.locator("#stage-sent")).to_contain_text("1 of 2 documents")
    for stage in ("sent", "ready"):
        expect(page.locator(f"#stage-{stage}")).to_contain_text("1 of 2 documents · 1 rejected")
    assert bars() == [0.5, 0.5, 0.5]
    expect(row).to_have_attribute("data-status", "incomplete")
    former = page.locator("#former-imports details")
    expect(former).to_have_count(1)
    former.locator("summary").press("Enter")
    expect(former).to_contain_text(re.compile(r"As of \d+:\d\d.*: \d+ of \d+"))
    expect(former).to_contain_text("bad.jsonl, line 2")
    expect(not_imported(page)).to_have_count(1)


def test_many_rejections_are_grouped_and_all_are_saved(page: Page, tmp_path: Path) -> None:
    choose(page, lines(tmp_path / "bad.jsonl", *([] for _ in range(1100))))
    expect(page.locator("#import-state")).to_have_text("Nothing of bad.jsonl could be imported.")
    expect(page.locator("#import-counts")).to_contain_text("1,100 rejected")
    group = page.get_by_label("Not imported").locator("summary")
    expect(group).to_have_count(1)
    expect(group).to_contain_text("1,100 rejected: ")
    group.press("Enter")
    expect(page.get_by_text("bad.jsonl, line 200")).to_be_visible()
    expect(page.get_by_text("and 900 more")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the list").click()
    saved = Path(download.value.path()).read_text().splitlines()
    assert (saved[0], len(saved)) == ("result\tfile or line\treason", 1 + 1100)
    assert saved[-1].split("\t")[:2] == ["rejected", "bad.jsonl, line 1100"]
