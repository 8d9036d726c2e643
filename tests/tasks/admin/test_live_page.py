"""Pages of one object that say by themselves what has changed meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces.models import Account, Listing, Order, Product, Sale
from marketplaces.sales import record_orders
from tests.marketplaces.sales.builders import order
from tests.marketplaces.sales.conftest import Shop, work
from tests.tasks.admin.conftest import TENANT, Browser, text_of

CATALOGUE = f"{TENANT}marketplaces/"


@pytest.fixture
def stalls(bench: object) -> Shop:
    return Shop(
        here=Account.objects.create(marketplace="stall", name="Left stall"),
        there=Account.objects.create(marketplace="stall", name="Right stall"),
    )


def live_pieces(html: str) -> dict[str, str]:
    """What each live field says, by its id, in the order of the page."""
    found = re.split(r'<div id="(live-[a-z_]+)"', html)
    words = [" ".join(re.sub(r"<[^>]*>", " ", part.partition(">")[2]).split()) for part in found]
    return dict(zip(found[1::2], words[2::2], strict=True))


def asked_for(browser: Browser, row: Order | Sale | Product | Listing) -> dict[str, str]:
    """What the browser is given when it asks as the page says."""
    page = text_of(browser.get(f"{CATALOGUE}{row._meta.model_name}/{row.pk}/change/"))
    (address,) = re.findall(r'data-refresh="([^"]+)"', page)
    assert 'src="/static/tasks/refresh.js"' in page
    assert "data-refresh-notice" in page
    answer = live_pieces(text_of(browser.get(address)))
    assert set(answer) == set(live_pieces(page))
    return answer


def test_a_product_s_page_says_what_became_of_it(stalls: Shop, viewer: Browser) -> None:
    product, _, _ = stalls.on_both(stock=1)
    before = asked_for(viewer, product)
    assert before["live-stock_in_words"] == "1"
    assert before["live-sales"] == "Nothing of it was sold yet."
    record_orders(stalls.here, [order("N-1")])
    after = asked_for(viewer, product)
    assert after["live-stock_in_words"] == "0"
    assert "1 → 0" in after["live-sales"]
    assert "Waiting" in after["live-jobs"]
    work(stalls.there)
    ended = asked_for(viewer, product)
    assert "Completed" in ended["live-jobs"]
    assert "Withdrawn" in ended["live-listings"]


def test_the_pages_of_an_order_and_of_a_sale_say_what_followed(
    stalls: Shop, viewer: Browser
) -> None:
    stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1")])
    sold, sale = Order.objects.get(), Sale.objects.get()
    for row in (sold, sale):
        assert "Withdraw: Stall, Right stall Waiting" in asked_for(viewer, row)["live-chain"]
    work(stalls.there)
    for row in (sold, sale):
        assert "Withdraw: Stall, Right stall Completed" in asked_for(viewer, row)["live-chain"]


def test_a_listing_s_page_says_what_it_is_now(stalls: Shop, viewer: Browser) -> None:
    _, listing, _ = stalls.on_both(stock=1)
    before = asked_for(viewer, listing)
    assert (before["live-status_in_words"], before["live-closed_because"]) == ("Live", "-")
    Listing.objects.filter(pk=listing.pk).update(
        status="WITHDRAWN", sent_at=timezone.now() - timedelta(hours=2)
    )
    now = asked_for(viewer, listing)
    assert now["live-status_in_words"] == "Withdrawn"
    assert now["live-sent"] == "2 hours ago"


def test_what_asks_asks_again_and_each_piece_finds_its_place(stalls: Shop, viewer: Browser) -> None:
    product, _, _ = stalls.on_both(stock=1)
    address = f"{CATALOGUE}product/{product.pk}/live/"
    answer = text_of(viewer.get(address))
    assert answer.startswith(f'<div id="live" data-refresh="{address}"')
    placed = re.findall(r'<div id="live-[a-z_]+" hx-swap-oob="true"', answer)
    assert len(placed) == len(live_pieces(answer)) > 0


def test_nothing_of_a_deleted_product_is_asked_for(
    stalls: Shop, viewer: Browser, rightless: Browser
) -> None:
    product, _, _ = stalls.on_both(stock=1)
    address = f"{CATALOGUE}product/{product.pk}/live/"
    assert rightless.get(address).status_code == 403
    assert viewer.post(address).status_code == 405
    assert viewer.get(f"{CATALOGUE}product/{product.pk + 99}/live/").status_code == 404
    assert viewer.get(f"{CATALOGUE}product/{2**70}/live/").status_code == 404
