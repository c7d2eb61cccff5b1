"""Tests of the page of imports. The console makes the same documents as `inkdex import`."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from inkdex.sources.ignore_rules import IgnoreRules
from inkdex.sources.supported import BARE_NAMES, SUFFIXES, unsupported
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import DESK, PHONE, Open, PageErrors
from tests.browser.stack import Stack
from tests.browser.test_page import SMALL_TARGETS
from tests.client.conftest import run_inkdex
from tests.support.pdf_files import locked_pdf, pdf
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


PATH = "/console/imports"


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page(path=PATH)


def choose(page: Page, *files: Path) -> None:
    page.locator("#files").set_input_files(list(files))


def choose_folder(page: Page, folder: Path) -> None:
    page.locator("#folder").set_input_files(folder)


def not_imported(page: Page) -> Locator:
    return page.get_by_label("Not imported").get_by_role("listitem")


def lines(path: Path, *documents: Any) -> Path:  # noqa: ANN401 - any JSON
    path.write_text("".join(f"{json.dumps(document)}\n" for document in documents))
    return path


def stored(stack: Stack, collection: str) -> dict[str, dict[str, Any]]:
    query: dict[str, str | int] = {"collection": collection, "limit": 200}
    answer = httpx.get(f"{stack.url}/v1/documents", params=query, trust_env=False)
    return {each["id"]: each for each in answer.raise_for_status().json()["items"]}


def expect_counts(page: Page, accepted: int, unchanged: int, rejected: int) -> None:
    text = f"{accepted} accepted, {unchanged} unchanged, {rejected} rejected"
    expect(page.locator("#import-counts")).to_have_text(text)


def expect_ready(page: Page, name: str) -> None:
    text = re.compile(f"Imported {re.escape(name)} in .*All of it is ready")
    expect(page.locator("#import-state")).to_contain_text(text, timeout=60_000)


def test_a_chosen_file_is_imported_and_counted(page: Page, collection: str, tmp_path: Path) -> None:
    expect(page.get_by_role("heading", name=f"Import into {collection}")).to_be_visible()
    page.get_by_text("What becomes of my files").click()
    expect(page.get_by_text("inkdex sync FOLDER")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    path = lines(tmp_path / "leaves.jsonl", *({"content": f"leaf {n}"} for n in range(1200)))
    chooser.value.set_files(path)
    counts = page.locator("#import-counts")
    expect(counts).to_have_text("1,200 accepted, 0 unchanged, 0 rejected")
    expect(page.locator("#import-state")).to_contain_text("Sent all of leaves.jsonl")
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
    chooser.value.set_files(path)
    expect(counts).to_have_text("0 accepted, 1,200 unchanged, 0 rejected")


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
    expect_counts(page, 9, 0, 0)
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
    expect_counts(page, 1, 0, 0)
    choose(page, lines(tmp_path / "new.jsonl", {"id": "a", "content": "two"}))
    expect(page.locator("#import-counts")).to_have_text(
        "1 accepted (1 replaced an earlier document with the same id), 0 unchanged, 0 rejected"
    )


def test_invalid_documents_do_not_affect_others(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    page.evaluate(DROP, {"<b>good</b>.txt": "<script>window.ran = 1</script>"})
    expect_counts(page, 1, 0, 0)
    bad = tmp_path / "mixed.jsonl"
    bad.write_bytes(HOSTILE)
    (tmp_path / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "<i>.png").write_bytes(b"PNG")
    choose(page, bad, tmp_path / "latin.txt", tmp_path / "<i>.png")
    counts = page.locator("#import-counts")
    expect(counts).to_have_text("3 accepted, 0 unchanged, 7 rejected, 1 skipped")
    rejected = not_imported(page)
    for index, (location, reason) in enumerate(
        [
            ("mixed.jsonl, line 3", "is not valid JSON: key must be a string at column 2"),
            ("mixed.jsonl, line 4", "not valid UTF-8"),
            ("mixed.jsonl, line 5", "longer than 8,388,608 bytes"),
            ("mixed.jsonl, line 6", "content: String should have at least 1 character"),
            ("mixed.jsonl, line 7", "valid dictionary"),
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
    assert len(saved) == 1100
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
    expect_counts(page, 0, 2, 0)
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
    expect_counts(page, 0, 0, 3)  # each is over the API's limit; this test is about the requests
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
    page.wait_for_timeout(1500)  # looking how far it is does not hide why it waits
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


def folder(path: Path) -> Path:
    """A folder with files of many kinds, and with some that are left out."""
    texts = {
        "README": "About ink.",
        "notes/deep/Über Tinte.md": "# Tinte\n\nSie trocknet.",
        "notes/page.html": "<title>Paper</title><p>Paper is made of rags, and later of wood.</p>",
        "notes/rows.jsonl": '{"content": "one"}\n{"content": "two"}\n',
        "notes/data.json": "{}",
        "notes/empty.txt": "",
        "notes/.hidden.md": "secret",
        "notes/photo.png": "PNG",
        ".git/config.ini": "x",
        "node_modules/ink/index.js": "x",
        "venv/pyvenv.cfg": "x",
        "venv/lib.py": "x",
        ".gitignore": "drafts/\n*.log\n!kept.log\n",
        "drafts/a.md": "draft",
        "a.log": "left out",
        "kept.log": "kept",
    }
    for name, text in texts.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (path / "handbook.pdf").write_bytes(pdf(["Ink on the first page.", "Paper on the second."]))
    return path


LEFT_OUT = {
    ".git/", ".gitignore", "a.log", "drafts/", "node_modules/", "notes/.hidden.md",
    "notes/data.json", "notes/empty.txt", "notes/photo.png", "venv/",
}  # fmt: skip


def places(page: Page) -> set[str]:
    """Return the places of what was not imported, below the folder."""
    shown = not_imported(page).locator("strong").all_text_contents()
    return {place.partition("/")[2] for place in shown}


def test_a_folder_becomes_the_same_documents_as_by_the_command(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = folder(tmp_path / "library")
    choose_folder(page, path)
    expect_ready(page, "library")
    expect(page.locator("#import-counts")).to_have_text(
        "6 accepted, 0 unchanged, 0 rejected, 10 skipped"
    )
    for stage in ("sent", "read", "ready"):
        expect(page.locator(f"#stage-{stage}")).to_contain_text("6 of 6 files")
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
    path = folder(tmp_path / "library")
    (tmp_path / "single.md").write_text("Beside the folder.")
    data = {"items": [], "files": [str(path), str(tmp_path / "single.md")], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_visible()
    session.send("Input.dispatchDragEvent", {"type": "drop", "x": 300, "y": 300, "data": data})
    expect(page.get_by_text("Drop to import into")).to_be_hidden()
    expect(page.locator("#import-counts")).to_contain_text("7 accepted, 0 unchanged, 0 rejected")
    assert places(page) == LEFT_OUT


def test_a_file_that_cannot_be_read_has_its_reason_also_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    (tmp_path / "open.md").write_text("Ink")
    choose(page, tmp_path / "locked.pdf", tmp_path / "open.md")
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    expect(page.locator("#import-counts")).to_contain_text("1 failed")
    expect(not_imported(page)).to_contain_text(re.compile("locked.pdf: .*password"))
    page.reload()
    listed = page.get_by_label("Files, newest first").get_by_role("listitem")
    expect(listed).to_have_count(2)
    page.get_by_role("radio", name="Failed").check()
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text(re.compile("locked.pdf.*password", re.DOTALL))
    with page.expect_response(
        lambda answer: answer.url.endswith("/retry?" + page.url.split("?")[1])
    ):
        page.get_by_role("button", name="Retry locked.pdf").press("Enter")
    expect(listed).to_contain_text("password")


def test_imports_are_listed_after_a_reload(page: Page, collection: str, tmp_path: Path) -> None:
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, {"content": "two"}, []))
    expect(page.locator("#import-state")).to_contain_text("Imported leaves.jsonl", timeout=60_000)
    page.reload()
    row = page.get_by_label("Imports, newest first").get_by_role("listitem").first
    expect(row).to_contain_text(re.compile(f"{collection}.*ready.*2 documents", re.DOTALL))
    row.locator("summary").press("Enter")
    expect(row).to_contain_text(re.compile("Accepted2.*Rejected1", re.DOTALL))


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
    expect_counts(page, 7, 0, 1)
    expect(not_imported(page)).to_contain_text("many/7.md: cannot be read")
    eventually(lambda: len(stored(stack, collection)) == 7, "the server has read the others")


def test_a_file_of_another_source_is_replaced_only_if_the_user_wants_it(
    page: Page, stack: Stack, collection: str, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.mkdir()
    (path / "same.md").write_text("Of the folder.")
    stack.write({"id": "same.md", "content": "Written before."}, collection=collection)
    stack.write({"id": "other", "content": "x", "metadata": {"source": "b"}}, collection=collection)
    choose_folder(page, path)
    expect_counts(page, 0, 0, 1)
    expect(not_imported(page)).to_contain_text("a/same.md: Another source has written")
    page.get_by_label("Replace files of the same id").check()
    choose_folder(page, path)
    expect_ready(page, "a")
    assert stored(stack, collection)["same.md"]["content"] == "Of the folder."


def test_names_are_supported_as_by_the_command(page: Page) -> None:
    names = [f"a{suffix}" for suffix in SUFFIXES] + [*BARE_NAMES, "LICENSE", "b.MD", "c.zip", "d"]
    script = """async (names) => {
        const { unsupported } = await import("/console/import/supported.js");
        return names.map((name) => unsupported(name) !== null);
    }"""
    assert page.evaluate(script, names) == [unsupported(name) is not None for name in names]


PATTERNS = r"""
# a comment
*.log
!kept.log
/root.md
build/
docs/*.txt
docs/**/deep.md
**/any.md
tail/**
[ab]x.md
[!c]y.md
sp\ ace.md
\#hash.md
\!bang.md
trailing.md   
wild?.md
foo*bar/
"""  # noqa: W291
PATHS = [
    "a.log", "kept.log", "sub/a.log", "root.md", "sub/root.md", "build/", "build", "sub/build/",
    "docs/a.txt", "docs/sub/a.txt", "docs/deep.md", "docs/x/y/deep.md", "any.md", "x/any.md",
    "tail/", "tail/a.md", "tail/x/a.md", "ax.md", "bx.md", "dx.md", "cy.md", "dy.md", "sp ace.md",
    "#hash.md", "!bang.md", "trailing.md", "wild1.md", "wild12.md", "foo-bar/", "foo-bar",
    "foobar/", "x/foo-bar/",
]  # fmt: skip


def test_ignore_files_mean_the_same_as_to_the_command(page: Page, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(PATTERNS)
    (tmp_path / ".inkdexignore").write_text("!a.log\ndy.md")
    rules = IgnoreRules()
    for name in (".gitignore", ".inkdexignore"):
        rules = rules.with_file(tmp_path / name, "")
    script = """async ([texts, paths]) => {
        const { ignoring, rulesOf } = await import("/console/import/ignore_rules.js");
        const levels = [];
        for (const [name, text] of texts) levels.push(await rulesOf(new File([text], name), ""));
        return paths.map((path) => ignoring(levels, path));
    }"""
    texts = [(".gitignore", PATTERNS), (".inkdexignore", "!a.log\ndy.md")]
    found = page.evaluate(script, [texts, PATHS])
    assert dict(zip(PATHS, found, strict=True)) == {path: rules.ignoring(path) for path in PATHS}


PACE = """async ([notes, rest]) => {
    const { Pace } = await import("/console/import/pace.js");
    const pace = new Pace();
    for (const [done, now] of notes) pace.note(done, now);
    return pace.secondsLeft(rest);
}"""


@pytest.mark.parametrize(
    ("notes", "rest", "seconds"),
    [
        pytest.param([(0, 0), (10, 1)], 100, None, id="too short to tell"),
        pytest.param([(0, 0), (0, 60)], 100, None, id="nothing is done"),
        pytest.param([(0, 0), (100, 60)], 0, 0, id="all is done"),
        pytest.param([(second * 5, second) for second in range(60)], 100, 20, id="steady"),
        pytest.param(
            [(second // 8 * 80, second) for second in range(121)], 800, 80, id="in batches"
        ),
        pytest.param(
            [(second, second) for second in range(200)]
            + [(200 + 10 * second, 200 + second) for second in range(90)],
            1000,
            100,
            id="ten times as fast for a minute and a half",
        ),
        pytest.param(
            [(second // 40, second) for second in range(401)], 10, 400, id="one in forty seconds"
        ),
    ],
)
def test_the_time_left_follows_the_recent_pace(
    page: Page, notes: list[tuple[int, int]], rest: int, seconds: float | None
) -> None:
    found = page.evaluate(PACE, [notes, rest])
    assert found == (None if seconds is None else pytest.approx(seconds, rel=0.15))


def test_the_slowest_stage_decides_and_failures_are_no_work(page: Page) -> None:
    script = """async () => {
        const { Figures } = await import("/console/import/import_figures.js");
        const file = (size) => ({ path: `${size}`, place: "", source: null, file: { size } });
        const files = [...Array(100).keys()].map((index) => file(1000 + index));
        const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
        const figures = new Figures({ lines: [], files, bytes, skipped: [], refused: [] });
        figures.note(0);
        for (let second = 1; second <= 40; second += 1) {
            for (const item of files.slice(2 * second - 2, 2 * second)) {
                figures.addFile(item, { id: item.path, status: "extracting" });
            }
            const sent = [...figures.files.values()];
            sent.slice(0, second).forEach((each) => { each.state = "read"; });
            sent.slice(0, second / 2).forEach((each) => { each.state = "ready"; });
            if (second > 4) sent.slice(-3).forEach((each) => { each.state = "failed"; });
            figures.note(second);
        }
        return { left: figures.secondsLeft, ready: figures.stage("ready").files };
    }"""
    found = page.evaluate(script)
    left = 100 - found["ready"]
    assert found["left"] == pytest.approx(left / 0.5, rel=0.15)


def test_the_page_fits_and_is_accessible_on_every_screen(page: Page, tmp_path: Path) -> None:
    path = folder(tmp_path / "library")
    (path / ("long-" * 30 + ".md")).write_text("A long name.")
    (path / "locked.pdf").write_bytes(locked_pdf("Ink"))
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    choose(page, lines(tmp_path / "leaves.jsonl", {"content": "one"}, []))
    expect(page.locator("#import-state")).to_contain_text("leaves.jsonl in", timeout=60_000)
    page.get_by_label("Imports, newest first").locator("summary").first.click()
    page.get_by_text("What becomes of my files").click()
    page.emulate_media(reduced_motion="reduce")
    for size in (DESK, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
