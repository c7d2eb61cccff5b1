"""Tests of the time that is left of an import, as the page of imports tells it."""

import pytest
from playwright.sync_api import Page

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
        const file = (size) => ({ path: `${size}`, source: null, file: { size } });
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


def test_unchanged_files_are_not_among_what_the_server_still_owes(page: Page) -> None:
    script = """async () => {
        const { Figures } = await import("/console/import/import_figures.js");
        const file = (path) => ({ path, source: null, file: { size: 1 } });
        const files = ["waiting", "failed", "new"].map(file);
        const figures = new Figures({ lines: [], files, bytes: 3, skipped: [], refused: [] });
        figures.addBatch({ end: 4, accepted: 4, replaced: 0, unchanged: 0, rejections: [] });
        for (const [index, status] of ["pending", "failed", "extracting"].entries()) {
            figures.addFile(files[index], { id: files[index].path, status });
        }
        figures.files.get("failed").state = "failed";
        figures.settleLines({ pending: 3, failed: 1, deleted: 0 });
        return figures.lines.settled;
    }"""
    assert page.evaluate(script) == {"ready": 1, "failed": 1, "deleted": 0}


def test_what_was_deleted_is_not_called_ready(page: Page) -> None:
    script = """async () => {
        const { Figures } = await import("/console/import/import_figures.js");
        const { outcomeOf, restOf, searchableOf } = await import("/console/import/outcome.js");
        const { passed } = await import("/console/import/passed.js");
        const selected = { lines: [{ size: 4 }], bytes: 7, skipped: [], refused: [] };
        const files = ["deleted", "failed", "ready"].map((path) => ({ path, file: { size: 1 } }));
        const figures = new Figures({ ...selected, files });
        figures.addBatch({ end: 4, accepted: 4, replaced: 0, unchanged: 0, rejections: [] });
        for (const item of files) figures.addFile(item, { id: item.path, status: "extracting" });
        for (const [id, file] of figures.files) file.state = id;
        figures.files.get("deleted").isDeleted = figures.files.get("failed").isDeleted = true;
        figures.settleLines({ pending: 0, failed: 1, deleted: 4 });
        const outcome = outcomeOf(figures);
        const { files: ready, documents, left } = passed(figures, "ready");
        const bar = [ready, documents, left.failed, left.deleted];
        return [searchableOf(outcome, "item"), restOf(outcome), bar, figures.isSettled];
    }"""
    said, rest, bar, is_settled = page.evaluate(script)
    assert said == "2 of 7 items are searchable"
    assert rest == "2 failed, 3 deleted"
    assert bar == [1, 1, 2, 3]
    assert is_settled
