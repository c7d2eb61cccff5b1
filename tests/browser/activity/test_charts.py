"""Charts of the last day: by keyboard, pointer and finger, and as a table."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.activity.figures import ACTIVITY, FAILED, PENDING, READY
from tests.browser.conftest import PHONE, Open


def chart(page: Page, title: str) -> Locator:
    return page.locator(".chart", has=page.get_by_role("heading", name=title, exact=True))


def move_back(page: Page, plot: Locator, text: str | re.Pattern[str]) -> None:
    """Move the cursor from the latest figures until it shows a text."""
    plot.focus()
    for _ in range(300):
        if re.search(text, plot.get_attribute("aria-valuetext") or ""):
            return
        page.keyboard.press("ArrowLeft")
    raise AssertionError(f"nowhere {text}")


def test_charts_show_the_figures_of_a_moment_by_keyboard(day: Page) -> None:
    plot = day.get_by_role("slider", name="Documents, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    found = f"Ready {READY}, Pending {PENDING}, Failed documents {FAILED}"
    move_back(day, plot, found)
    expect(chart(day, "Documents").locator(".readings")).to_contain_text(f"Ready{READY}")
    expect(chart(day, "Searches").locator(".readings")).to_contain_text(f"Searches{READY}")
    expect(chart(day, "Waiting").locator(".readings")).to_contain_text(
        re.compile(r"Half within[89]\.\d\sms")  # the bucket ends at ten milliseconds
    )
    day.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuetext", re.compile("not recorded"))
    day.keyboard.press("End")
    expect(plot).to_have_attribute("aria-valuenow", plot.get_attribute("aria-valuemax") or "")
    day.keyboard.press("Escape")
    expect(chart(day, "Documents").locator("figcaption")).to_contain_text("Latest")


def test_the_figures_of_the_hours_are_added_up_above_the_charts(day: Page) -> None:
    totals = day.get_by_label("Added up")
    half = r"half within about 9\.\d\sms, 95.% within about \d+\.?\d*\sms"
    expect(totals).to_have_text(
        re.compile(
            f"Searches{READY}{half}Writes without imports.*"
            f"Became ready{READY}{half}Failed documents{2 * FAILED}"
        )
    )
    day.locator("#history-of label").last.click()
    expect(totals).not_to_contain_text(f"Became ready{READY}half")


def test_a_value_without_neighbours_is_a_dot_that_can_be_seen(day: Page) -> None:
    dots = chart(day, "Searches").locator("path.dots.half")
    expect(dots).to_have_attribute("d", re.compile(r"^M[\d.]+ [\d.]+h0$"))
    expect(dots).to_have_css("stroke-width", "7px")


def test_charts_show_the_figures_under_the_pointer(day: Page) -> None:
    plot = day.get_by_role("slider", name="Documents, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    move_back(day, plot, f"Ready {READY},")
    line = chart(day, "Documents").locator(".mark line")
    box = line.bounding_box()
    plot.blur()
    expect(line).to_have_count(0)
    assert box
    day.mouse.move(box["x"], box["y"] + 50)
    expect(plot).to_have_attribute("aria-valuetext", re.compile(f"Ready {READY},"))
    expect(chart(day, "Searches").locator(".mark line")).to_have_count(1)


@pytest.mark.usefixtures("past")
def test_the_first_tap_shows_the_figures_under_the_finger(open_page: Open) -> None:
    page = open_page("&hours=24", path=ACTIVITY, size=PHONE, has_touch=True, is_mobile=True)
    plot = page.get_by_role("slider", name="Waiting, time")
    expect(plot).to_have_attribute("aria-valuetext", re.compile(r"^\d"))
    plot.scroll_into_view_if_needed()
    box = plot.locator("svg.picture").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    index = int(plot.get_attribute("aria-valuenow") or -1)
    assert index == pytest.approx(288 / 4, abs=2)
    expect(plot).to_be_focused()
    expect(plot).to_have_attribute("aria-valuenow", str(index))


def test_charts_have_a_band_where_nothing_was_recorded(day: Page) -> None:
    bands = chart(day, "Searches").locator(".gap")
    expect(bands.nth(1)).to_be_attached()
    widths = [float((band.get_attribute("width") or "").rstrip("%")) for band in bands.all()]
    assert pytest.approx(100 / 288, abs=0.01) == min(widths)  # one of the steps of a day


def test_the_figures_are_also_a_table(day: Page) -> None:
    expect(chart(day, "Documents").locator(".gap").first).to_be_attached()
    day.get_by_text("The same as a table").click()
    rows = day.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(288)
    row = rows.filter(has=day.get_by_role("cell", name=str(READY), exact=True))
    expect(row).to_have_count(1)
    expect(row).to_contain_text(str(PENDING))
    expect(rows.filter(has_text="not recorded").first).to_be_attached()
    day.emulate_media(reduced_motion="reduce")
    found = Axe().run(day)
    assert found.violations_count == 0, found.generate_report()
