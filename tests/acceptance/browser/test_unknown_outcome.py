"""Nobody knows whether a request took effect: staff look at the marketplace and say so."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from marketplaces.models import Product
from tests.acceptance.ebay.questions import hurry, nobody_can_tell
from tests.acceptance.ebay.shop import EbayShop, Stage
from tests.acceptance.processes import until

pytestmark = [pytest.mark.slow]


@pytest.fixture
def shop(stage: Stage) -> EbayShop:
    shop = stage.shop()
    stage.workers.start(1)
    return shop


def open_question(page: Page, shop: EbayShop, product: Product) -> None:
    """From the banner, which every page shows, to the page of the job."""
    page.goto("/t/t1/admin/")
    page.get_by_role("link", name="Show them").click()
    page.get_by_role("link", name=product.title).first.click()
    expect(page.get_by_role("heading", name="did “Publish offer” take effect?")).to_be_visible()
    expect(page.get_by_text("a wrong guess makes a second listing or none")).to_be_visible()


def slowly(route: Route) -> None:
    """As on a slow line: the browser shows a first frame long before the script is there."""
    time.sleep(0.5)
    route.continue_()


def seen_to_finish(page: Page, shop: EbayShop, product: Product) -> None:
    until(lambda: shop.all_ended() or hurry(shop), 60, "the answer is used")
    page.wait_for_url(f"**/tasks/marketplacejob/{shop.job(product).pk}/change/")
    expect(page.get_by_text("All 8 steps are done.")).to_be_visible()
    expect(page.get_by_role("heading", name="A question for you")).to_have_count(0)
    assert len(shop.live(product)) == 1


def test_it_exists_and_its_listing_is_taken_as_our_own(shop: EbayShop, page: Page) -> None:
    product = shop.product()
    nobody_can_tell(shop, product, "cut_after")
    (listing,) = shop.live(product)
    open_question(page, shop, product)
    page.route("**/alpine.js", slowly)
    page.get_by_role("button", name="It exists: this id").click()
    field = page.get_by_label("Its id at the marketplace")
    expect(field).to_have_accessible_description(re.compile("needs the id"))
    expect(field).to_be_focused()
    field.fill(f"🙈{listing['listing_id']}")
    field.press("Enter")
    expect(field).to_have_accessible_description(re.compile("cannot be its id"))
    field.fill(listing["listing_id"])
    page.get_by_role("button", name="It exists: this id").click()
    expect(page.get_by_text("later changes go to that listing")).to_be_visible()
    page.get_by_label("Reason").fill("I see it in the seller's shop")
    page.get_by_role("button", name="Yes, go on with this answer").click()
    seen_to_finish(page, shop, product)
    expect(page.get_by_text("I see it in the seller's shop")).to_be_visible()
    opened = page.get_by_role("link", name="Open it")
    expect(opened).to_have_attribute("href", re.compile(listing["listing_id"]))


def test_it_does_not_exist_and_is_published_once(shop: EbayShop, page: Page) -> None:
    product = shop.product()
    nobody_can_tell(shop, product, "cut_before")
    assert shop.live(product) == []
    open_question(page, shop, product)
    page.get_by_role("button", name="It does not exist").click()
    expect(page.get_by_text("If it does exist after all, there will be two.")).to_be_visible()
    page.get_by_role("button", name="Yes, go on with this answer").click()
    seen_to_finish(page, shop, product)
