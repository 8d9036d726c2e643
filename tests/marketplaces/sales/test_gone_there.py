"""Sold here, gone there: what a sale asks for at the product's other listings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplaces import listings
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale, SaleFollowUp
from marketplaces.sales import record_orders, report_sold, report_sold_out
from tasks import requests
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob, Priority
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, jobs_of, stock_of, work
from tests.marketplaces.sales.stalls import live, meanwhile, told

WITHDRAWAL = ("unpublish", Priority.CRITICAL)
QUANTITY = ("set_quantity", Priority.HIGH)


def status_of(listing: Listing) -> str:
    return Listing.objects.values_list("status", flat=True).get(pk=listing.pk)


def test_the_last_piece_sold_here_is_withdrawn_there(shop: Shop) -> None:
    _, left, right = shop.on_both(stock=1)
    recorded = record_orders(shop.here, [order("A")])
    assert recorded.withdrawn == 1
    assert jobs_of(shop.there) == [WITHDRAWAL]
    assert jobs_of(shop.here) == []
    work(shop.there)
    assert (status_of(left), status_of(right)) == ("LIVE", "WITHDRAWN")


def test_and_the_other_way_round(shop: Shop) -> None:
    _, _left, right = shop.on_both(stock=1)
    report_sold(right, 1)
    assert jobs_of(shop.here) == [WITHDRAWAL]
    assert jobs_of(shop.there) == []


def test_while_some_is_left_the_others_are_told_how_much(shop: Shop) -> None:
    shop.on_both(stock=3)
    assert record_orders(shop.here, [order("A", line("L1", 2))]).withdrawn == 0
    assert jobs_of(shop.there) == [QUANTITY]
    [job] = work(shop.there)
    assert job.tasks.get().result == {"quantity": 1}
    assert jobs_of(shop.here) == []


def test_an_account_of_the_same_marketplace_follows_too_and_others_do_not(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=1)
    third = Account.objects.create(marketplace="stall", name="Third stall")
    ended = live(third, product, "T1")
    listings.mark(ended, ListingStatus.ENDED)
    stranger = live(third, shop.product(), "T2")
    record_orders(shop.here, [order("A")])
    assert jobs_of(third) == []
    assert status_of(stranger) == "LIVE"


def test_the_job_says_because_of_which_order(shop: Shop) -> None:
    shop.on_both(stock=1)
    record_orders(shop.here, [order("A-17")])
    sale = Sale.objects.get()
    follow_up = SaleFollowUp.objects.get()
    job = MarketplaceJob.objects.get(pk=follow_up.job_id or 0)
    assert job.requested_by == "order A-17 on Stall"
    assert job.payload == {"sale": sale.pk}
    assert follow_up.sale == sale


def test_a_withdrawal_that_waits_already_is_the_sale_s_too_and_becomes_critical(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=1)
    asked = requests.request_job(shop.there, "unpublish", product, requested_by="sam")
    record_orders(shop.here, [order("A")])
    assert SaleFollowUp.objects.get().job_id == asked.job_id
    assert jobs_of(shop.there) == [WITHDRAWAL]


def test_a_publication_that_waits_is_superseded(shop: Shop) -> None:
    product = shop.product(stock=1)
    live(shop.here, product, "L1")
    waiting = requests.request_job(shop.there, "publish", product)
    record_orders(shop.here, [order("A")])
    assert MarketplaceJob.objects.get(pk=waiting.job_id).status == "CANCELLED"
    work(shop.there)
    assert not Listing.objects.filter(account=shop.there, status=ListingStatus.LIVE).exists()


def test_what_sells_while_it_is_published_elsewhere_is_never_left_live(shop: Shop) -> None:
    product = shop.product(stock=1)
    live(shop.here, product, "L1")
    requests.request_job(shop.there, "publish", product)
    meanwhile(lambda: record_orders(shop.here, [order("A")]))
    published, withdrawn = work(shop.there)
    assert (published.action, published.status) == ("publish", "COMPLETED")
    assert (withdrawn.action, withdrawn.status) == ("unpublish", "COMPLETED")
    assert Listing.objects.get(account=shop.there).status == "WITHDRAWN"


def test_while_some_is_left_a_publication_that_runs_is_followed_by_how_much(shop: Shop) -> None:
    product = shop.product(stock=3)
    live(shop.here, product, "L1")
    requests.request_job(shop.there, "publish", product)
    meanwhile(lambda: record_orders(shop.here, [order("A")]))
    published, told_of = work(shop.there)
    assert (published.action, published.status) == ("publish", "COMPLETED")
    assert (told_of.action, told_of.status) == ("set_quantity", "COMPLETED")
    assert jobs_of(shop.there)[1:] == [QUANTITY]


def test_while_some_is_left_a_publication_that_waits_needs_no_following(shop: Shop) -> None:
    """It reads the stock when it begins."""
    product = shop.product(stock=3)
    live(shop.here, product, "L1")
    requests.request_job(shop.there, "publish", product)
    record_orders(shop.here, [order("A")])
    assert [action for action, _ in jobs_of(shop.there)] == ["publish"]


def test_what_sold_before_the_last_check_does_not_go_live(shop: Shop) -> None:
    product = shop.product(stock=1)
    live(shop.here, product, "L1")
    record_orders(shop.here, [order("A")])
    requests.request_job(shop.there, "publish", product)
    [published] = work(shop.there)
    assert published.status == "FAILED"
    assert "sold out before it went live" in published.error_message


def test_a_publication_of_unknown_outcome_is_withdrawn(shop: Shop) -> None:
    product = shop.product(stock=1)
    live(shop.here, product, "L1")
    asked = requests.request_job(shop.there, "publish", product)
    MarketplaceJob.objects.filter(pk=asked.job_id).update(
        status="FAILED", needs_person=True, completed_at=timezone.now()
    )
    record_orders(shop.here, [order("A")])
    assert WITHDRAWAL in jobs_of(shop.there)


def test_the_listing_that_sold_follows_when_pieces_were_sold_elsewhere_meanwhile(
    shop: Shop,
) -> None:
    _, left, _ = shop.on_both(stock=2)
    told(left, 2)
    record_orders(shop.there, [order("B", line("R1"))])
    record_orders(shop.here, [order("A", line("L1"))])
    assert WITHDRAWAL in jobs_of(shop.here)


def test_the_listing_that_sold_all_it_was_told_of_is_left_to_its_marketplace(shop: Shop) -> None:
    _, left, _ = shop.on_both(stock=2)
    record_orders(shop.there, [order("B", line("R1"))])
    work(shop.here)
    told(left, 1, at=timezone.now() - timedelta(hours=1))
    record_orders(shop.here, [order("A", line("L1"))])
    assert WITHDRAWAL not in jobs_of(shop.here)


def test_a_piece_that_is_not_there_is_oversold_and_recorded(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=1)
    record_orders(shop.here, [order("A")])
    recorded = record_orders(shop.there, [order("B", line("R1"))])
    assert (recorded.new, recorded.sold, recorded.oversold) == (1, 1, 1)
    assert stock_of(product) == 0
    late = Sale.objects.get(account=shop.there)
    assert (late.stock_before, late.stock_after, late.oversold) == (0, 0, 1)


def test_the_first_customer_gets_the_last_piece(shop: Shop) -> None:
    shop.on_both(stock=1)
    now = timezone.now()
    late = order("A", placed_at=now)
    early = order("B", placed_at=now - timedelta(minutes=1))
    record_orders(shop.here, [late, early])
    assert Sale.objects.get(oversold=1).order_line.order.external_id == "A"  # type: ignore[union-attr]


def test_unknown_stock_stays_unknown_and_is_no_oversale(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=None)
    recorded = record_orders(shop.here, [order("A")])
    assert (recorded.sold, recorded.oversold) == (1, 0)
    assert stock_of(product) is None
    assert jobs_of(shop.there) == []
    report_sold(left, 1)
    assert Sale.objects.count() == 1


def test_of_unknown_stock_the_last_piece_bought_is_the_last_one_everywhere(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=None)
    report_sold_out(left)
    assert jobs_of(shop.there) == [WITHDRAWAL]
    assert stock_of(product) is None


def test_of_unknown_stock_sold_out_is_the_end_elsewhere_also_after_the_order(shop: Shop) -> None:
    """Stock was known when the order came; since then nobody knows."""
    product, left, _ = shop.on_both(stock=3)
    told(left, 1)
    record_orders(shop.here, [order("A")])
    Product.objects.filter(pk=product.pk).update(stock=None)
    assert report_sold_out(left).sold == 0
    assert jobs_of(shop.there)[-1] == WITHDRAWAL
    assert Sale.objects.count() == 1
    assert status_of(left) == "SOLD"


def test_sold_out_sells_what_it_offered_once(shop: Shop) -> None:
    product, left, _ = shop.on_both(stock=2)
    told(left, 2)
    report_sold_out(left)
    assert (stock_of(product), status_of(left)) == (0, "SOLD")
    assert jobs_of(shop.there) == [WITHDRAWAL]
    record_orders(shop.here, [order("A"), order("B")])
    assert stock_of(product) == 0
    assert not Sale.objects.filter(oversold__gt=0).exists()
    product.stock = 5
    product.save()
    left.refresh_from_db()
    report_sold_out(left)
    assert stock_of(product) == 5


def test_a_withdrawal_of_ours_is_no_sale(shop: Shop) -> None:
    product, _left, right = shop.on_both(stock=1)
    record_orders(shop.here, [order("A")])
    work(shop.there)
    right.refresh_from_db()
    report_sold(right, 0)
    assert Sale.objects.count() == 1
    assert stock_of(product) == 0


def test_updates_and_withdrawals_ask_for_nothing_themselves(shop: Shop) -> None:
    shop.on_both(stock=2)
    record_orders(shop.here, [order("A")])
    record_orders(shop.here, [order("B")])
    work(shop.there)
    assert jobs_of(shop.here) == []
    assert jobs_of(shop.there) == [QUANTITY, WITHDRAWAL]


def test_a_cancelled_sale_puts_nothing_back_and_relists_nothing(shop: Shop) -> None:
    product, _, right = shop.on_both(stock=1)
    placed = timezone.now()
    record_orders(shop.here, [order("A", placed_at=placed)])
    work(shop.there)
    record_orders(shop.here, [order("A", placed_at=placed, version=2, is_cancelled=True)])
    assert stock_of(product) == 0
    assert jobs_of(shop.there) == [WITHDRAWAL]
    assert status_of(right) == "WITHDRAWN"


def test_where_nothing_can_withdraw_somebody_has_to(shop: Shop) -> None:
    product, _, _ = shop.on_both(stock=1)
    kiosk = Account.objects.create(marketplace="kiosk", name="Kiosk")
    live(kiosk, product, "K1")
    record_orders(shop.here, [order("A")])
    by_hand = SaleFollowUp.objects.get(account=kiosk)
    assert (by_hand.action, by_hand.job_id) == ("unpublish", None)
    assert jobs_of(shop.there) == [WITHDRAWAL]


def test_on_a_paused_account_the_withdrawal_waits_and_is_first_after_the_pause(shop: Shop) -> None:
    _, _, right = shop.on_both(stock=1)
    lanes.ensure(shop.there.pk, marketplace="stall", name="Right stall")
    lanes.pause(shop.there.pk, by="sam", reason="holiday")
    requests.request_job(shop.there, "publish", shop.product())
    record_orders(shop.here, [order("A")])
    assert work(shop.there) == []
    lanes.resume(shop.there.pk)
    assert [job.action for job in work(shop.there)] == ["unpublish", "publish"]
    assert status_of(right) == "WITHDRAWN"


@pytest.mark.parametrize("status", ["DRAFT", "WITHDRAWN", "ENDED", "SOLD"])
def test_a_listing_that_nobody_can_buy_from_is_left_alone(shop: Shop, status: str) -> None:
    _, _, right = shop.on_both(stock=1)
    Listing.objects.filter(pk=right.pk).update(status=status)
    record_orders(shop.here, [order("A")])
    assert jobs_of(shop.there) == []
