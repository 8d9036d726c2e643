"""Keyboard, screen reader, small and large screens, dark and light, French and English."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.acceptance.ebay.shop import EbayShop, Stage

pytestmark = [pytest.mark.slow]

IMPORTANT = {"serious", "critical"}
# unfold's own: its side bar scrolls without being reachable, its breadcrumbs are pale.
NOT_OURS = {"scrollable-region-focusable"}


@pytest.fixture
def shop(stage: Stage) -> EbayShop:
    """One batch that has ended: a product is live, another failed."""
    shop = stage.shop()
    products = [shop.product("file", "link"), shop.product("file", title="too long " * 12)]
    stage.workers.start(1)
    shop.published(*products)
    return shop


def pages(shop: EbayShop) -> list[str]:
    done, failed = (job.pk for job in shop.jobs())
    (batch,) = (batch.pk for batch in shop.batches())
    inside = "/t/t1/admin/"
    return [
        "/admin/",
        inside,
        f"{inside}tasks/batchjob/",
        f"{inside}tasks/batchjob/{batch}/change/",
        f"{inside}tasks/marketplacejob/",
        f"{inside}tasks/marketplacejob/causes/",
        f"{inside}tasks/marketplacejob/{done}/change/",
        f"{inside}tasks/marketplacejob/{failed}/change/",
        f"{inside}tasks/marketplacejob/actions/preview/?do=retry&id__in={failed}",
        f"{inside}tasks/staffaction/",
        f"{inside}marketplaces/product/",
        f"{inside}marketplaces/product/{shop.made[0].pk}/change/",
        f"{inside}marketplaces/listing/",
        f"{inside}marketplaces/account/",
        f"{inside}marketplaces/account/{shop.account.pk}/change/",
        f"{inside}marketplaces/account/{shop.account.pk}/settings/",
        f"{inside}marketplaces/account/{shop.account.pk}/missing/",
        "/connect/ebay/?state=nonsense",
        f"{inside}nowhere/",
    ]


def test_a_screen_reader_meets_no_serious_obstacle(shop: EbayShop, page: Page) -> None:
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for address in pages(shop):
            page.goto(address)
            violations = Axe().run(page).response["violations"]
            found += [
                f"{address} ({scheme}): {each['id']}: {each['nodes'][0]['html'][:160]}"
                for each in violations
                if each["impact"] in IMPORTANT and each["id"] not in NOT_OURS
            ]
    assert not found, "\n".join(found)


def test_no_screen_reader_says_the_name_of_an_icon(shop: EbayShop, page: Page) -> None:
    icons = page.locator(".material-symbols-outlined:not([aria-hidden]):not([x-on\\:click])")
    for address in pages(shop):
        page.goto(address)
        assert icons.count() == 0, address
    page.goto("/t/t1/admin/")
    menu = page.locator("#nav-sidebar-inner")
    icon = menu.locator("a .material-symbols-outlined").all_inner_texts()
    said = menu.aria_snapshot()
    assert 'link "Home"' in said
    assert not [name for name in icon if f'"{name.strip()}' in said]


@pytest.mark.parametrize("width", [380, 2560])
def test_no_page_has_to_be_scrolled_sideways(shop: EbayShop, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wide = []
    for address in pages(shop):
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_staff_read_every_page_in_french(shop: EbayShop, page: Page) -> None:
    page.context.add_cookies(
        [{"name": "django_language", "value": "fr", "url": page.url.partition("/admin/")[0]}]
    )
    page.goto("/t/t1/admin/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("link", name="Lots").first).to_be_visible()
    failed = shop.jobs()[1]
    page.goto(f"/t/t1/admin/tasks/marketplacejob/{failed.pk}/change/")
    expect(page.get_by_text("Que faire").first).to_be_visible()
    expect(page.get_by_text("What to do")).to_have_count(0)


def test_a_failed_job_is_retried_by_keyboard_alone(shop: EbayShop, page: Page) -> None:
    product = shop.made[1]
    shop.change(product, title="Short enough")
    page.goto(f"/t/t1/admin/tasks/marketplacejob/{shop.job(product).pk}/change/")
    _tab_to(page, "Retry")
    page.keyboard.press("Enter")
    page.wait_for_url("**/actions/preview/**")
    _tab_to(page, "Retry")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 done").first).to_be_visible()
    shop.wait_until_all_ended()
    assert shop.job(product).status == "COMPLETED"


def _tab_to(page: Page, words: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip().startswith(words):
            return
    raise AssertionError(f"No tab stop says {words}.")


def test_no_list_has_to_be_scrolled_sideways_in_its_frame_on_a_laptop(
    shop: EbayShop, page: Page
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    wide = []
    for language in ("en", "fr"):
        site = page.url.partition("/admin/")[0].partition("/t/")[0]
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        for address in pages(shop):
            page.goto(address)
            if page.evaluate(SCROLLED_FRAMES):
                wide.append((language, address))
    assert wide == []


SCROLLED_FRAMES = """
[...document.querySelectorAll("#content *")].some((each) =>
    ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
    && each.matches(":has(table)") && each.scrollWidth > each.clientWidth + 1)
"""


def test_the_first_tab_stop_of_every_page_leads_to_its_content(shop: EbayShop, page: Page) -> None:
    *inside, _connecting_failed, _error_page = pages(shop)
    for address in inside:
        page.goto(address)
        if page.evaluate("document.activeElement !== document.body"):
            continue  # it begins with a field of its content
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to content", address
        expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        in_content = "document.activeElement.closest('#content') !== null"
        assert page.evaluate(in_content), address
