"""A button that asks for a second press, as tests press it."""

from playwright.sync_api import Locator, Page, expect

CONFIRM_DELAY_MS = 500
"""A press after this delay confirms; an earlier one may be part of a double click."""
LONG_MS = 60_000
"""The button goes on asking while it has the focus."""


def delete_at_last(page: Page, delete: Locator, question: str) -> list[str]:
    """Press in ways that must not confirm, then confirm. Return the URLs of requests to delete."""
    deleted: list[str] = []
    page.on(
        "request",
        lambda request: deleted.append(request.url) if request.method == "DELETE" else None,
    )
    really = page.get_by_role("button", name=question, exact=True)
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    delete.dblclick()
    expect(really).to_be_visible()
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    cancel.click()
    expect(delete).to_be_focused()
    expect(cancel).to_be_hidden()
    delete.press("Enter")
    page.keyboard.press("Tab")
    expect(cancel).to_be_focused()
    page.keyboard.press("Escape")
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    expect(really).to_be_visible()
    page.clock.fast_forward(LONG_MS)
    expect(really).to_be_visible()
    page.keyboard.press("Escape")
    expect(delete).to_be_visible()
    page.keyboard.press("Enter")
    expect(really).to_be_visible()
    really.blur()
    expect(delete).to_be_visible()
    delete.focus()
    page.keyboard.down("Enter")
    expect(really).to_be_visible()
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.keyboard.down("Enter")  # the key is held, so this is a repetition
    page.clock.fast_forward(CONFIRM_DELAY_MS)
    page.keyboard.up("Enter")
    assert deleted == []
    page.keyboard.press("Enter")
    return deleted
