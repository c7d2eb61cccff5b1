"""A folder becomes the same documents as by `inkdex import`."""

import json
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.imports.importing import (
    LEFT_OUT,
    choose,
    choose_folder,
    expect_counts,
    expect_ready,
    expect_without_skipped,
    library,
    lines,
    listed_imports,
    not_imported,
    places,
    stored,
)
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS
from tests.client.conftest import run_inkdex
from tests.support.pdf_files import locked_pdf


def test_a_folder_becomes_the_same_documents_as_by_the_command(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = library(tmp_path / "library")
    choose_folder(page, path)
    expect_counts(page, "6 of 6 files are searchable. 10 more were skipped.")
    expect_without_skipped(page, "library")
    for stage in ("sent", "read", "ready"):
        expect(page.locator(f"#stage-{stage}")).to_contain_text("6 of 6 files")
    option = page.get_by_label("Collection", exact=True).locator("option:checked")
    expect(option).to_have_text(f"{collection} · 6")
    assert places(page) == LEFT_OUT
    arguments = ("import", path, "-c", f"{collection}-command", "--wait", "--json")
    done = run_inkdex(stack.url, tmp_path / ".state", *arguments)
    assert done.returncode == 0, done.stderr
    skipped = {each for paths in json.loads(done.stdout)["skipped"].values() for each in paths}
    assert {each.rstrip("/") for each in LEFT_OUT} == {each.rstrip("/") for each in skipped}
    of_page, of_command = (
        {id_: (each["title"], each["content"]) for id_, each in stored(stack, name).items()}
        for name in (collection, f"{collection}-command")
    )
    assert of_page == of_command
    assert {"handbook.pdf", "notes/deep/Über Tinte.md", "kept.log"} <= set(of_page)


def test_a_dropped_folder_is_read_with_the_folders_in_it(page: Page, tmp_path: Path) -> None:
    path = library(tmp_path / "library")
    (tmp_path / "single.md").write_text("Beside the folder.")
    data = {"items": [], "files": [str(path), str(tmp_path / "single.md")], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_visible()
    session.send("Input.dispatchDragEvent", {"type": "drop", "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_hidden()
    expect_counts(page, "7 of 7 files are searchable. 10 more were skipped.")
    assert places(page) == LEFT_OUT


def test_every_file_of_a_folder_has_one_fate_and_one_name(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    files = {f"{number}.txt": b"Ink %d" % number for number in range(12)}
    files |= {"broken.pdf": locked_pdf("Ink"), "blob.bin": b"\0", "empty.txt": b""}
    for name, content in files.items():
        (path / name).write_bytes(content)
    choose_folder(page, path)
    account = "12 of 13 files are searchable. 1 failed. 2 more were skipped."
    expect_counts(page, account)
    names = ["broken.pdf", "blob.bin", "empty.txt"]
    expect(not_imported(page).locator("strong")).to_have_text(names)
    live = not_imported(page).all_text_contents()
    assert [each.partition(" ")[0] for each in live] == ["failed", "skipped", "skipped"]
    row = listed_imports(page).first
    expect(row).to_contain_text("1 failed, 2 skipped · See why12 of 13 items became searchable ·")
    page.reload()
    row.locator("summary").press("Enter")
    kept = row.get_by_label("Why it was not imported").get_by_role("listitem")
    expect(kept).to_have_text(live)
    with page.expect_download() as download:
        row.get_by_role("button", name="Save the list").click()
    saved = Path(download.value.path()).read_text().splitlines()[1:]
    assert [each.split("\t")[1] for each in saved] == names


def test_what_several_folders_leave_out_is_named_with_the_folder(page: Page) -> None:
    script = """async () => {
        const { Selection } = await import("/console/import/selection.js");
        const file = (name) => ({ name, file: async () => new File(["ink"], name) });
        const folder = (name) => ({ name, list: async () => [file(".env"), file("a.md")] });
        const placesOf = async (...nodes) => {
            const selection = new Selection();
            await selection.add(nodes, new AbortController().signal);
            return selection.skipped.map(({ place }) => place);
        };
        return [await placesOf(folder("one")), await placesOf(folder("one"), folder("two"))];
    }"""
    assert page.evaluate(script) == [[".env"], ["one/.env", "two/.env"]]


def test_a_file_of_another_source_is_replaced_only_if_the_user_wants_it(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "same.md").write_text("Of the folder.")
    stack.write({"id": "same.md", "content": "Written before."}, collection=collection)
    stack.write({"id": "other", "content": "x", "metadata": {"source": "b"}}, collection=collection)
    choose_folder(page, path)
    expect_counts(page, "0 of 1 file is searchable. 1 rejected.")
    expect(not_imported(page)).to_contain_text("same.md: Another source has written")
    page.get_by_label("Replace files of the same name").check()
    choose_folder(page, path)
    expect_ready(page, "a")
    assert stored(stack, collection)["same.md"]["content"] == "Of the folder."


def test_the_page_fits_and_is_accessible_on_every_screen(page: Page, tmp_path: Path) -> None:
    path = library(tmp_path / "library")
    (path / ("long-" * 30 + ".md")).write_text("A long name.")
    (path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, []))
    expect(page.locator("#import-state")).to_contain_text("Imported leaves.jsonl", timeout=60_000)
    page.get_by_label("Imports, newest first").locator("summary").first.click()
    page.get_by_text("What happens to my files").click()
    page.emulate_media(reduced_motion="reduce")
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
