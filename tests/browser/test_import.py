"""Tests of sending on the page of imports. It makes the same documents as `inkdex import`."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, PageErrors
from tests.browser.importing import (
    PATH,
    choose,
    choose_folder,
    expect_counts,
    expect_ready,
    lines,
    not_imported,
    stored,
)
from tests.browser.stack import Stack
from tests.client.conftest import run_inkdex
from tests.support.processes import answers, eventually

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


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH)


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
    expect_counts(page, "3 of 11 items are searchable. 7 rejected, 1 skipped.")
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
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
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


RETRY_MS = 2000
"""The page sends a batch again after this time."""
WITHOUT_TLS = "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"
BROKEN = {"content_type": "application/json", "body": '{"accepted": 2, '}


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (None, "The API cannot be reached"),
        (
            {"status": 502, "content_type": "text/html", "body": "<h1>Bad"},
            "The API answered with status 502",
        ),
        (
            {"status": 504, "content_type": "text/html", "body": "<h1>Late"},
            "The API answered with status 504",
        ),
        ({"status": 200, **BROKEN}, "The API.s response was interrupted"),
    ],
)
def test_a_batch_that_is_sent_again_is_stored_once(
    open_page: Open,
    stack: Stack,
    collection: str,
    tmp_path: Path,
    page_errors: PageErrors,
    response: dict[str, Any] | None,
    reason: str,
) -> None:
    page_errors.ignored = "Failed to load resource"
    page = open_page(path=PATH)
    page.evaluate(WITHOUT_TLS)
    routes: list[Route] = []

    def lose_first_response(route: Route) -> None:
        routes.append(route)
        if len(routes) > 1:
            route.continue_()
            return
        route.fetch()
        if response is None:
            route.abort()
        else:
            route.fulfill(**response)

    page.route("**/v1/documents/bulk?*", lose_first_response)
    choose(
        page, lines(tmp_path / "twice.jsonl", {"content": "one"}, {"id": None, "content": "two"})
    )
    expect(page.locator("#import-state")).to_contain_text(re.compile(f"Waiting: {reason}"))
    page.clock.fast_forward(RETRY_MS)
    expect_counts(page, "2 of 2 documents are unchanged.")
    assert len(routes) == 2
    assert len(stored(stack, collection)) == 2


def test_batches_are_limited_in_bytes(page: Page, tmp_path: Path) -> None:
    sizes: list[int] = []
    page.on(
        "request",
        lambda request: (
            sizes.append(len(request.post_data_buffer or b"")) if "/bulk?" in request.url else None
        ),
    )
    path = tmp_path / "wide.jsonl"
    path.write_text("".join(f'{{"content": "{"搜" * 800_000}"}}\n' for _ in range(3)))
    choose(page, path)
    # Each is over the API's limit; this test is about the requests.
    expect_counts(page, "0 of 3 documents are searchable. 3 rejected.")
    assert len(sizes) == 3


def test_an_import_waits_for_the_api_and_can_be_cancelled_by_keyboard(
    page: Page, stack: Stack, collection: str, tmp_path: Path, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    path = lines(tmp_path / "patient.jsonl", {"id": "a", "content": "It waits."})
    state = page.locator("#import-state")
    stack.api.kill()
    choose(page, path)
    expect(state).to_contain_text(re.compile("Waiting: The API cannot be reached"))
    page.clock.run_for(1500)  # looking how far it is does not hide why it waits
    expect(state).to_contain_text("Waiting")
    choose(page, path)
    expect(state).to_contain_text("Another import is running")
    page.get_by_role("button", name="Cancel", exact=True).focus()
    page.keyboard.press("Enter")
    expect(state).to_contain_text("Cancelled. What was accepted is kept")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    choose(page, path)
    expect(state).to_contain_text("Waiting")
    stack.api.start()
    eventually(lambda: answers(f"{stack.url}/livez"), "the API answers again", log=stack.api.log)
    expect_ready(page, "patient.jsonl")
    assert set(stored(stack, collection)) == {"a"}


def test_files_wait_for_a_busy_server_and_a_file_that_is_gone_is_named(
    page: Page, stack: Stack, collection: str, tmp_path: Path, page_errors: PageErrors
) -> None:
    page_errors.ignored = "Failed to load resource"
    path = tmp_path / "many"
    path.mkdir()
    for number in range(8):
        (path / f"{number}.md").write_text(f"Leaf {number}")
    busy = {"status": 503, "headers": {"retry-after": "1"}, "json": {"detail": "It is too busy."}}
    refused: list[Route] = []

    def refuse_the_first(route: Route) -> None:
        if len(refused) < 3:
            refused.append(route)
            route.fulfill(**busy)  # type: ignore[arg-type]
        else:
            route.continue_()

    page.route("**/v1/files?*", refuse_the_first)
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("Waiting: It is too busy.")
    (path / "7.md").unlink()
    expect_counts(page, "7 of 8 files are searchable. 1 rejected.")
    expect(not_imported(page)).to_contain_text("rejected 7.md: cannot be read")
    eventually(lambda: len(stored(stack, collection)) == 7, "the server has read the others")
