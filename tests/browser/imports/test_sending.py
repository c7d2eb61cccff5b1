"""What is chosen becomes the same documents as by `inkdex import`."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.imports.importing import choose, expect_counts, expect_ready, lines, stored
from tests.browser.stack import Stack
from tests.client.conftest import run_inkdex


def test_a_chosen_file_is_imported_and_counted(page: Page, collection: str, tmp_path: Path) -> None:
    expect(page.get_by_role("heading", name=f"Import into {collection}")).to_be_visible()
    page.get_by_text("What happens to my files").click()
    expect(page.get_by_text("inkdex sync FOLDER")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    path = lines(tmp_path / "leaves.jsonl", *({"content": f"leaf {n}"} for n in range(1200)))
    chooser.value.set_files(path)
    counts = page.locator("#import-counts")
    expect(page.locator("#import-state")).to_contain_text("Sent all of leaves.jsonl")
    expect(counts).to_contain_text("of 1,200 documents are searchable")
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
    chooser.value.set_files(path)
    expect(counts).to_have_text("1,200 of 1,200 documents are unchanged.")


def test_lines_have_the_same_ids_as_those_of_the_command(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = lines(
        tmp_path / "any.ndjson",
        {"content": "plain"},
        {"title": "Ünï 🙂 \x7f \u2028", "content": 'a "quoted" \\ text\n\tof lines'},
        {"content": "a number", "metadata": {"large": 2**70, "small": 1.50}},
        {"content": "a number", "metadata": {"2": [True, None, {}], "10": -0.0, "\uffff": {}}},
        {"content": "sorted keys", "metadata": {"🙂": 1e-7, "\ufffd": "Ü", "a": {"b": []}}},
        {"content": "a number", "metadata": {}},
        {"id": "own", "content": "has one"},
        {"id": None, "content": "has none", "title": None},
    )
    with path.open("a") as file:
        file.write('{"content": "a number", "metadata": {"n": -0, "m": 1.50}}')
    choose(page, path)
    expect_counts(page, "9 of 9 documents are searchable.")
    done = run_inkdex(stack.url, tmp_path, "import", path, "-c", collection)
    assert done.stdout == "0 accepted, 9 unchanged, 0 refused\n", done.stderr


def test_texts_are_the_same_as_those_of_the_command(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    (tmp_path / "heading.md").write_bytes("\ufeff\r\n# Über Tinte\r\n\r\nText.".encode())
    (tmp_path / "two.dots.TXT").write_text("Text.\rOf lines.")
    choose(page, *sorted(tmp_path.iterdir()))
    expect_ready(page, "2 items")
    arguments = ("import", tmp_path, "-c", f"{collection}-files", "--wait")
    done = run_inkdex(stack.url, tmp_path / ".state", *arguments)
    assert done.returncode == 0, done.stderr
    sent, read = (
        {id_: (each["title"], each["content"].strip()) for id_, each in found.items()}
        for found in (stored(stack, collection), stored(stack, f"{collection}-files"))
    )
    assert sent == read


def test_replaced_documents_are_counted(page: Page, tmp_path: Path) -> None:
    choose(page, lines(tmp_path / "old.jsonl", {"id": "a", "content": "one"}))
    expect_counts(page, "1 of 1 document is searchable.")
    choose(page, lines(tmp_path / "new.jsonl", {"id": "a", "content": "two"}))
    replaced = "1 replaced an earlier document with the same id."
    expect_counts(page, f"1 of 1 document is searchable. {replaced}")
