"""The server is told what was not imported, and the page shows it after a reload."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageErrors
from tests.browser.imports.importing import (
    choose,
    choose_folder,
    expect_counts,
    expect_without_skipped,
    library,
    listed_imports,
    not_imported,
)


def test_what_the_page_leaves_out_has_the_same_reasons_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    path = library(tmp_path / "library")
    (path / ("long" * 20)).mkdir()
    (path / ("long" * 20) / f"{'name' * 50}.md").write_text("Its path is too long.")
    choose_folder(page, path)
    expect(page.locator("#import-state")).to_contain_text("but not all of it", timeout=60_000)
    live = not_imported(page).all_text_contents()
    assert len(live) == 11
    expect_counts(page, "6 of 7 files are searchable. 1 rejected. 10 more were skipped.")
    page.reload()
    row = listed_imports(page).first
    expect(row.locator("summary").first).to_contain_text("Your last import: library")
    expect(row.locator("summary").first).to_contain_text(
        "1 rejected, 10 skipped · See why6 of 7 items became searchable ·"
    )
    row.locator("summary").first.press("Enter")
    kept = row.get_by_label("Why it was not imported").get_by_role("listitem")
    expect(kept).to_have_count(11)
    assert kept.all_text_contents() == live
    expect(row.get_by_role("status")).to_have_text("1 rejected, 10 skipped")
    expect(row).to_contain_text(re.compile("Rejected1Skipped10"))


@pytest.mark.parametrize("status", [404, 500])
def test_an_import_is_whole_where_the_server_keeps_no_list(
    page: Page, page_errors: PageErrors, tmp_path: Path, status: int
) -> None:
    page_errors.ignored = str(status)
    page.route(
        re.compile(r"/skipped\?"),
        lambda route: route.fulfill(status=status, json={"detail": "No."}),
    )
    choose_folder(page, library(tmp_path / "library"))
    expect_without_skipped(page, "library")


def test_a_thousand_of_what_is_skipped_are_named_after_the_files(page: Page) -> None:
    told: list[dict[str, Any]] = page.evaluate("""async () => {
        const { tellSkipped } = await import("/console/import/tell_skipped.js");
        const sent = [];
        window.fetch = async (url, { body }) => {
            sent.push(JSON.parse(body));
            return new Response(null, { status: 204 });
        };
        const named = (count) => Array(count).fill({ place: "a", reason: "hidden" });
        const { signal } = new AbortController();
        const options = { id: "i", collection: "c", signal, onwait() {} };
        await tellSkipped({ skipped: named(40_000), rejected: named(1) }, options);
        return sent;
    }""")
    items = [each for body in told for each in body["items"]]
    assert [each["skipped"] for each in items] == [False] + [True] * 1000
    assert max(len(body["items"]) for body in told) <= 50
    assert (told[-1]["more_skipped"], told[-1]["more_rejected"]) == (39_000, 0)


def test_a_refusal_of_a_proxy_is_told_to_the_server(
    page: Page, page_errors: PageErrors, tmp_path: Path
) -> None:
    page_errors.ignored = "413"
    page.route(
        re.compile(r"/v1/files\?.*import="),
        lambda route: route.fulfill(status=413, body="<html>Too large</html>"),
    )
    (tmp_path / "large.txt").write_text("ink")
    with page.expect_request(re.compile(r"/skipped\?")) as told:
        choose(page, tmp_path / "large.txt")
    (item,) = json.loads(told.value.post_data or "")["items"]
    assert (item["name"], item["skipped"]) == ("large.txt", False)
