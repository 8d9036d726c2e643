"""Keyboard, screen reader, small and large screens, dark and light, French and English.

Every page is opened once in each language, and looked at from all sides there: each test tells
what was seen of its own matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.browser.conftest import signed_in
from tests.acceptance.ebay.shop import EbayShop, Stage

pytestmark = [pytest.mark.slow]

IMPORTANT = {"serious", "critical"}
# unfold's own: its side bar scrolls without being reachable, its breadcrumbs are pale.
NOT_OURS = {"scrollable-region-focusable"}
WITHOUT_MENU = ["/connect/ebay/?state=nonsense", "/t/t1/admin/nowhere/"]
"""Connecting has failed, and an error: they begin with their content."""
LAPTOP = 1280
WIDTHS = [380, 2560]
EVERY_RULE = {"resultTypes": ["violations"]}
COLOURS = {**EVERY_RULE, "runOnly": ["color-contrast"]}
"""All that a dark page has of its own."""
Findings = dict[str, list[str]]
"""What was found of each matter, and on which page."""


@pytest.fixture(scope="module")
def workers_run(running_stage: Stage) -> Stage:
    running_stage.workers.start(1)
    return running_stage


@pytest.fixture(scope="module")
def shop(workers_run: Stage) -> EbayShop:
    """One batch that has ended: a product is live, another failed."""
    shop = workers_run.shop()
    products = [shop.product("file", "link"), shop.product("file", title="too long " * 12)]
    shop.published(*products)
    return shop


@pytest.fixture(scope="module")
def ada(running_stage: Stage) -> User:
    """A member of staff, for all tests of the module, as the shop is."""
    return User.objects.create_superuser("ada")


@pytest.fixture
def page(context: BrowserContext, site: str, ada: User) -> Page:
    return signed_in(context, site, ada)


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
        *WITHOUT_MENU,
    ]


@pytest.fixture(scope="module")
def findings(browser: Browser, site: str, shop: EbayShop, ada: User) -> Findings:
    found: Findings = defaultdict(list)
    context = browser.new_context(base_url=site, locale="en-GB")
    page = signed_in(context, site, ada)
    for look, language in ((in_english, "en"), (in_french, "fr")):
        speak(page, site, language)
        for address in pages(shop):
            page.set_viewport_size({"width": LAPTOP, "height": 800})
            page.goto(address)
            for matter, what in look(page, address):
                found[matter].append(f"{address} {what}")
    context.close()
    return found


def speak(page: Page, site: str, language: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])


def in_english(page: Page, address: str) -> Iterator[tuple[str, str]]:
    yield from (("icons", "") for _ in range(page.locator(SPOKEN_ICONS).count()))
    yield from (("obstacles", f"(light): {told}") for told in obstacles(page))
    yield from frames(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(WIDER_THAN_THE_SCREEN):
            yield f"{width} pixels", ""
    page.set_viewport_size({"width": LAPTOP, "height": 800})
    if address not in WITHOUT_MENU:
        # Nothing has moved the focus until here: it is where the page has put it.
        yield from (("tab stops", told) for told in first_tab_stop(page))
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.classList.add('dark')")
    yield from (("obstacles", f"(dark): {told}") for told in obstacles(page, COLOURS))
    page.emulate_media(color_scheme="light")


def in_french(page: Page, _address: str) -> Iterator[tuple[str, str]]:
    yield from frames(page)
    if page.locator("html").get_attribute("lang") != "fr":
        yield "language", ""


def obstacles(page: Page, options: Mapping[str, object] = EVERY_RULE) -> list[str]:
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:160]}"
        for each in Axe().run(page, options=dict(options)).response["violations"]
        if each["impact"] in IMPORTANT and each["id"] not in NOT_OURS
    ]


def frames(page: Page) -> Iterator[tuple[str, str]]:
    if page.evaluate(SCROLLED_FRAMES):
        yield "frames", str(page.locator("html").get_attribute("lang"))


def first_tab_stop(page: Page) -> Iterator[str]:
    if page.evaluate("document.activeElement !== document.body"):
        return  # it begins with a field of its content
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.innerText") != "Skip to content":
        yield "begins with something else"
        return
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    if not page.evaluate("document.activeElement.closest('#content') !== null"):
        yield "leads elsewhere"


SPOKEN_ICONS = ".material-symbols-outlined:not([aria-hidden]):not([x-on\\:click])"
WIDER_THAN_THE_SCREEN = """
new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(
    () => told(document.documentElement.scrollWidth > innerWidth))))
"""
SCROLLED_FRAMES = """
[...document.querySelectorAll("#content *")].some((each) =>
    ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
    && each.matches(":has(table)") && each.scrollWidth > each.clientWidth + 1)
"""


def test_a_screen_reader_meets_no_serious_obstacle(findings: Findings) -> None:
    assert findings["obstacles"] == []


def test_no_screen_reader_says_the_name_of_an_icon(findings: Findings, page: Page) -> None:
    assert findings["icons"] == []
    page.goto("/t/t1/admin/")
    menu = page.locator("#nav-sidebar-inner")
    icon = menu.locator("a .material-symbols-outlined").all_inner_texts()
    said = menu.aria_snapshot()
    assert 'link "Home"' in said
    assert not [name for name in icon if f'"{name.strip()}' in said]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_has_to_be_scrolled_sideways(findings: Findings, width: int) -> None:
    assert findings[f"{width} pixels"] == []


def test_no_list_has_to_be_scrolled_sideways_in_its_frame_on_a_laptop(findings: Findings) -> None:
    assert findings["frames"] == []


def test_the_first_tab_stop_of_every_page_leads_to_its_content(findings: Findings) -> None:
    assert findings["tab stops"] == []


def test_staff_read_every_page_in_french(
    findings: Findings, shop: EbayShop, page: Page, site: str
) -> None:
    assert findings["language"] == []
    speak(page, site, "fr")
    page.goto("/t/t1/admin/")
    expect(page.get_by_role("link", name="Lots").first).to_be_visible()
    failed = shop.jobs()[1]
    page.goto(f"/t/t1/admin/tasks/marketplacejob/{failed.pk}/change/")
    expect(page.get_by_text("Que faire").first).to_be_visible()
    expect(page.get_by_text("What to do")).to_have_count(0)


def test_a_failed_job_is_retried_by_keyboard_alone(workers_run: Stage, page: Page) -> None:
    shop = workers_run.shop()
    product = shop.product("file", title="too long " * 12)
    shop.published(product)
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
