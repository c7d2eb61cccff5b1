"""Tests of the page of keys and tenants."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.access import Keys, forget, sign_in
from tests.browser.conftest import Open
from tests.browser.stack import Stack
from tests.browser.test_models import press
from tests.browser.test_page import SCREENS, SMALL_TARGETS, tab_to
from tests.support import loopback

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def access_page(open_page: Open, keys: Keys) -> Page:
    """The page of an operator."""
    page = open_page(path="/console/access")
    sign_in(page, keys.admin)
    expect(row(page, "admin (you)")).to_contain_text("Valid")
    return page


def row(page: Page, name: str) -> Locator:
    """The key or the tenant of this name."""
    shown = page.locator(".name").get_by_text(name, exact=True)
    return page.get_by_role("listitem").filter(has=shown)


def fill(page: Page, name: str, *actions: str, collections: str = "*") -> None:
    page.get_by_label("Name who or what uses it").fill(name)
    for box in page.locator("#key-actions input:checked").all():
        box.uncheck()
    for action in actions:
        page.get_by_role("checkbox", name=re.compile(f"^{action}")).check()
    page.get_by_label("Collections one per line").fill(collections)


def made_key(page: Page) -> str:
    """Return the key that is shown once, and close the dialog."""
    dialog = page.get_by_role("dialog", name="Key of")
    expect(dialog).to_contain_text("It is not shown again.")
    key = dialog.get_by_label("Key", exact=True).input_value()
    dialog.get_by_role("button", name="I have copied it").click()
    expect(dialog).to_be_hidden()
    return key


def change(page: Page, name: str) -> Locator:
    """Open the actions of a key or a tenant."""
    row(page, name).locator("summary").click()
    return row(page, name)


def status(stack_url: str, key: str) -> tuple[int, Any]:
    with loopback.client(stack_url) as client:
        answer = client.get("/v1/whoami", headers={"Authorization": f"Bearer {key}"})
        return answer.status_code, answer.json()


def test_a_key_is_made_shown_once_used_and_revoked(access_page: Page, stack: Stack) -> None:
    page = access_page
    fill(page, "website", "Search", "Ask", collections="notes-*\nblog")
    page.get_by_role("button", name="Make the key").click()
    key = made_key(page)
    code, whoami = status(stack.url, key)
    assert code == 200
    assert whoami["scopes"] == [{"actions": ["ask", "search"], "collections": ["notes-*", "blog"]}]
    assert whoami["key"]["expires_at"]
    expect(row(page, "website")).to_contain_text("Search and ask in notes-* and blog.")
    expect(row(page, "website")).to_contain_text("never used")
    assert key not in page.content()
    assert page.locator("#made-key-text").input_value() == ""
    change(page, "website")
    press(row(page, "website"), "Revoke", "Revoke website for ever?")
    expect(row(page, "website")).to_contain_text("Revoked")
    expect(page.locator("#keys-message")).to_have_text("Revoked website.")
    assert status(stack.url, key)[0] == 401
    expect(page.get_by_label("Audit, newest first")).to_contain_text("admin revoked the key")


def test_a_key_is_rotated_with_an_overlap(access_page: Page, stack: Stack, keys: Keys) -> None:
    page = access_page
    made = keys.make("search", name="rotating")
    page.reload()
    change(page, "rotating")
    press(row(page, "rotating"), "Rotate", "Make a new secret for rotating?")
    first = made_key(page)
    expect(row(page, "rotating")).to_contain_text("former secret valid until")
    assert (status(stack.url, made["key"])[0], status(stack.url, first)[0]) == (200, 200)
    row(page, "rotating").get_by_label("Its former secret stays valid").select_option("no longer")
    press(row(page, "rotating"), "Rotate", "Make a new secret for rotating?")
    second = made_key(page)
    page.wait_for_timeout(600)
    assert (status(stack.url, first)[0], status(stack.url, second)[0]) == (401, 200)
    press(
        row(page, "rotating"), "Revoke its tokens", "Revoke all tokens of rotating made until now?"
    )
    expect(row(page, "rotating")).to_contain_text("tokens from before")


def test_the_page_goes_on_with_its_own_rotated_key(access_page: Page, stack: Stack) -> None:
    page = access_page
    own = change(page, "admin (you)")
    own.get_by_label("Its former secret stays valid").select_option("no longer")
    press(own, "Rotate", "Make a new secret for admin?")
    expect(page.get_by_role("dialog", name="Key of")).to_contain_text("You are signed in with it.")
    key = made_key(page)
    page.reload()
    expect(row(page, "admin (you)")).to_be_visible()
    assert status(stack.url, key)[0] == 200


def test_a_key_is_changed(access_page: Page, keys: Keys) -> None:
    page = access_page
    made = keys.make(name="everything")
    page.reload()
    change(page, "everything").get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Name who or what uses it")).to_be_focused()
    expect(page.get_by_label("Webhooks")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Operator")).not_to_be_checked()
    page.get_by_label("Name who or what uses it").fill("nearly everything")
    page.get_by_label("Webhooks").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(row(page, "nearly everything")).to_contain_text("expires: never")
    stored = keys.client.get(f"/v1/keys/{made['id']}").json()
    assert "webhooks" not in stored["scopes"][0]["actions"]
    assert len(stored["scopes"][0]["actions"]) == 7


def test_the_form_shows_what_the_api_refuses(access_page: Page) -> None:
    page = access_page
    fill(page, "nothing")
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#key-actions-error")).to_contain_text("at least one thing")
    fill(page, "too many", "Search", collections="\n".join(f"c{n}" for n in range(101)))
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#key-error")).to_contain_text("at most 100 collections")


def test_the_last_key_of_an_operator_is_kept(access_page: Page) -> None:
    own = change(access_page, "admin (you)")
    press(own, "Revoke", "Revoke admin for ever?")
    expect(access_page.locator("#keys-message")).to_contain_text("last key of an operator")
    expect(row(access_page, "admin (you)")).to_contain_text("Valid")


def test_the_first_key_is_made_on_the_page_which_then_uses_it(
    open_page: Open, stack: Stack
) -> None:
    page = open_page(path="/console/access")
    expect(page.get_by_text("Make an operator’s key for yourself first.")).to_be_visible()
    expect(page.get_by_text("There are no keys yet.")).to_be_visible()
    try:
        page.get_by_label("Name who or what uses it").fill("first")
        page.get_by_label("Search only").check(force=True)
        expect(page.locator("#key-presets + .error")).to_contain_text("must be an operator’s")
        page.get_by_role("button", name="Make the key").click()
        expect(page.locator("#key-actions-error")).to_contain_text("must be an operator’s")
        expect(page.get_by_role("checkbox", name="Operator")).to_be_focused()
        expect(page.locator(".choice:has([value=operator]) + .error")).to_be_visible()
        page.get_by_role("radio", name="Operator").check(force=True)
        expect(page.locator("#key-actions-error")).to_be_empty()
        page.get_by_role("button", name="Make the key").click()
        key = made_key(page)
        expect(row(page, "first (you)")).to_contain_text("Everything, as an operator")
        expect(page.locator("#first-key")).to_be_hidden()
        expect(page.locator("#key-actions input:checked")).to_have_count(1)
        assert status(stack.url, key)[1]["operator"]
    finally:
        page.close()
        forget(stack)


def test_an_operator_makes_a_tenant_and_its_first_key(access_page: Page, stack: Stack) -> None:
    page = access_page
    page.get_by_text("New tenant").click()
    form = page.locator("#new-tenant")
    form.get_by_label("Name").fill("Not Allowed")
    form.get_by_role("button").click()
    expect(form.get_by_role("alert")).to_contain_text("must be 1 to 63")
    form.get_by_label("Name").fill("acme")
    form.get_by_label("Documents").fill("1000")
    form.get_by_label("Requests a minute").fill("600")
    form.get_by_role("button").click()
    expect(row(page, "acme")).to_contain_text("1,000 documents")
    expect(row(page, "acme")).to_contain_text("600 requests a minute")
    changing = change(page, "acme")
    expect(changing.locator(".bars")).to_contain_text("Documents: 0 of 1,000")
    expect(changing.locator(".bars")).to_contain_text("Chunks: 0, no quota")
    uncounted = "Answers today: not counted, as there is no quota"
    expect(changing.locator(".bars")).to_contain_text(uncounted)
    expect(changing.get_by_role("spinbutton", name="Chunks")).to_have_value("")
    changing.get_by_label("Weight").fill("2.5")
    changing.get_by_role("spinbutton", name="Documents").fill("")
    changing.get_by_role("button", name="Save").click()
    expect(row(page, "acme")).to_contain_text("weight 2.5")
    audit = page.get_by_label("Audit, newest first").get_by_role("listitem")
    expect(audit.first).to_contain_text("changed the tenant acme")
    expect(audit.nth(1)).to_contain_text("quotas: 1,000 documents")
    expect(row(page, "acme")).not_to_contain_text("1,000 documents")
    page.locator("#key-tenant").select_option("acme")
    fill(page, "of acme", "Keys")
    page.get_by_role("button", name="Make the key").click()
    assert status(stack.url, made_key(page))[1]["tenant"] == "acme"
    page.get_by_label("Tenant", exact=True).first.select_option("acme")
    expect(page.get_by_label("Keys", exact=True).get_by_role("listitem").first).to_contain_text(
        "of acme"
    )
    expect(row(page, "admin (you)")).to_be_hidden()


def test_a_tenant_sees_its_own_keys_only(open_page: Open, keys: Keys) -> None:
    made = keys.make("keys", name="keeper")
    page = open_page(path="/console/access")
    sign_in(page, made["key"])
    expect(row(page, "keeper (you)")).to_be_visible()
    expect(page.get_by_role("heading", name="Tenants")).to_be_hidden()
    expect(page.get_by_label("Operator")).to_be_hidden()
    expect(page.get_by_label("Search")).to_be_hidden()
    expect(page.get_by_label("Audit, newest first")).to_contain_text("made the key")


def test_the_page_is_for_keys_that_may_manage_keys(open_page: Open, keys: Keys) -> None:
    page = open_page(path="/console/access")
    sign_in(page, keys.make("search")["key"])
    expect(page.get_by_text("Your key does not allow you to make and revoke keys")).to_be_visible()
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()


def test_common_choices_check_the_boxes_and_show_what_is_checked(access_page: Page) -> None:
    page = access_page
    checked = page.locator("#key-actions").get_by_role("checkbox", checked=True)
    expect(page.get_by_label("Search only")).to_be_checked()
    expect(checked).to_have_count(1)
    page.get_by_role("radio", name="Write").check(force=True)
    expect(checked).to_have_count(4)
    page.get_by_role("checkbox", name="Write documents").uncheck()
    expect(page.get_by_role("radio", name="Read")).to_be_checked()
    page.get_by_role("checkbox", name="Webhooks").check()
    expect(page.locator("#key-presets").get_by_role("radio", checked=True)).to_have_count(0)


def test_the_audit_has_more(access_page: Page, keys: Keys) -> None:
    page = access_page
    for number in range(25):
        keys.make("search", name=f"key {number}")
    page.reload()
    entries = page.get_by_label("Audit, newest first").get_by_role("listitem")
    expect(entries.filter(has_text="name: key 24")).to_have_count(1)
    more = page.get_by_role("button", name="More", exact=True)
    while entries.filter(has_text="name: key 0").count() == 0:
        shown = entries.count()
        more.click()
        expect(entries.nth(shown)).to_be_focused()
    expect(entries.filter(has_text="name: key 24")).to_have_count(1)


def test_the_page_works_by_keyboard(access_page: Page) -> None:
    page = access_page
    page.locator(".skip-link").press("Enter")
    tab_to(page, "key-name")
    page.keyboard.type("typed")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Read")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Read documents")).to_be_checked()
    tab_to(page, "key-submit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Key of typed")).to_be_visible()
    expect(page.locator("#made-key-text")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row(page, "typed")).to_contain_text("Search, ask and read documents in all collections.")


def test_all_that_the_page_shows_is_text_and_fits_every_screen(
    access_page: Page, keys: Keys
) -> None:
    page, axe = access_page, Axe()
    made = keys.make("search", "documents.read", collections=(HOSTILE, "x" * 200), name=HOSTILE)
    keys.revoke(keys.make(name="y" * 200))
    keys.client.post(f"/v1/keys/{made['id']}/revoke-tokens").raise_for_status()
    usage = {"documents": 950, "bytes": 5_000_000, "chunks": 4000, "answers": 3}
    quotas = {"documents": 1000, "bytes": 10_000_000, "chunks": 0, "answers_per_day": 100}
    limits = {"requests_per_minute": 600, "bytes_per_minute": 0, "tokens_per_minute": 0}
    answer = {"usage": usage, "quotas": quotas, "limits": limits}
    page.route("**/v1/usage", lambda route: route.fulfill(json=answer))
    page.reload()
    expect(page.locator("#usage")).to_contain_text("Documents: 950 of 1,000")
    expect(page.locator("#usage")).to_contain_text("Chunks: 4,000, no quota")
    expect(page.locator("#usage")).to_contain_text("Answers today: 3 of 100")
    expect(page.locator("#usage-limits")).to_have_text("Each key may send 600 requests a minute.")
    change(page, HOSTILE)
    change(page, "default")
    page.get_by_text("New tenant").click()
    expect(page.get_by_label("Audit, newest first")).to_contain_text(re.compile("revoked the key"))
    assert page.locator("img").count() == 0
    page.emulate_media(reduced_motion="reduce")
    for size, scheme in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate(SMALL_TARGETS) == []
