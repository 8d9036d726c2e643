"""Orders and sales as staff read them: the chain from an order to what it did, and what is left to do."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from marketplaces.models import Account, Order, Product, Sale, SaleFollowUp
from marketplaces.sales import record_orders, report_sold
from tasks.dispatch import lanes
from tasks.dispatch.presence import Presence
from tasks.models import MarketplaceJob, StaffAction
from tests.marketplaces.sales.builders import line, order
from tests.marketplaces.sales.conftest import Shop, stock_of, work
from tests.marketplaces.sales.stalls import live
from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.admin.pressing import preview

ORDERS, SALES = f"{TENANT}marketplaces/order/", f"{TENANT}marketplaces/sale/"


@pytest.fixture
def stalls(bench: object) -> Shop:
    return Shop(
        here=Account.objects.create(marketplace="stall", name="Left stall"),
        there=Account.objects.create(marketplace="stall", name="Right stall"),
    )


def page_of(browser: Browser, row: Order | Sale | Product | MarketplaceJob) -> str:
    meta = row._meta
    page = text_of(browser.get(f"{TENANT}{meta.app_label}/{meta.model_name}/{row.pk}/change/"))
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def listed(browser: Browser, path: str = ORDERS, **query: str) -> set[str]:
    """The order numbers that the list shows."""
    return set(re.findall(r">\s*(N-\d)\s*<", text_of(browser.get(path, **query))))


def act_page(sale: Sale) -> str:
    return f"{SALES}{sale.pk}/act/"


def act(browser: Browser, sale: Sale, do: str, reason: str = "", **changed: int) -> None:
    """Read what would be done, and confirm it."""
    answer = preview(browser, do, act_page(sale)).confirm(browser, reason, **changed)
    assert answer.status_code == 200


def cancel(shop: Shop, number: str) -> None:
    told = order(number, placed_at=Order.objects.get().placed_at, version=9, is_cancelled=True)
    record_orders(shop.here, [told])


def test_the_order_s_page_shows_the_chain(stalls: Shop, viewer: Browser) -> None:
    product, _, _ = stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1", line("L1", sku="S-7"))])
    [job] = work(stalls.there)
    page = page_of(viewer, Order.objects.get())
    for words in ("Mug", "S-7", "Listing L1", "1 piece sold: stock 1 → 0", "Completed"):
        assert words in page
    assert "Withdraw: Stall, Right stall" in page
    html = text_of(viewer.get(f"{ORDERS}{Order.objects.get().pk}/change/"))
    assert f'href="{TENANT}tasks/marketplacejob/{job.pk}/change/"' in html
    assert f'href="{TENANT}marketplaces/product/{product.pk}/change/"' in html


def test_the_job_s_page_leads_back_to_the_order(stalls: Shop, viewer: Browser) -> None:
    stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1")])
    job = MarketplaceJob.objects.get()
    html = text_of(viewer.get(f"{TENANT}tasks/marketplacejob/{job.pk}/change/"))
    assert f'href="{ORDERS}{Order.objects.get().pk}/change/">Order N-1</a>' in html


def test_the_job_of_a_sale_without_an_order_leads_to_the_sale(
    stalls: Shop, viewer: Browser
) -> None:
    _, listing, _ = stalls.on_both(stock=1)
    report_sold(listing, 1)
    job = MarketplaceJob.objects.get()
    sale = Sale.objects.get()
    html = text_of(viewer.get(f"{TENANT}tasks/marketplacejob/{job.pk}/change/"))
    assert f'href="{SALES}{sale.pk}/change/">Sale {sale.pk}</a>' in html
    assert "first seen by a synchronisation" in page_of(viewer, sale)


def test_the_product_s_page_shows_its_sales(stalls: Shop, viewer: Browser) -> None:
    product, _, _ = stalls.on_both(stock=3)
    record_orders(stalls.here, [order("N-1")])
    page = page_of(viewer, product)
    assert "N-1 Stall, Left stall 1 3 → 2" in page


def test_a_withdrawal_that_waits_for_a_paused_account_is_told_everywhere(
    stalls: Shop, viewer: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    stalls.on_both(stock=1)
    lanes.ensure(stalls.there.pk, marketplace="stall", name="Right stall")
    lanes.pause(stalls.there.pk, by="sam", reason="holiday")
    record_orders(stalls.here, [order("N-1")])
    page = page_of(viewer, Order.objects.get())
    assert "It may still be for sale there: work on the account is paused by sam: holiday" in page
    banner = "1 product is sold out, but still for sale on Stall (Right stall)."
    assert banner in page
    lanes.resume(stalls.there.pk)
    work(stalls.there)
    assert banner not in page_of(viewer, Order.objects.get())


def test_a_quantity_that_waits_for_a_paused_account_is_told_everywhere(
    stalls: Shop, viewer: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    stalls.on_both(stock=3)
    lanes.ensure(stalls.there.pk, marketplace="stall", name="Right stall")
    lanes.pause(stalls.there.pk, by="sam", reason="holiday")
    record_orders(stalls.here, [order("N-1")])
    page = page_of(viewer, Order.objects.get())
    assert "More may be offered there than there is: work on the account is paused by sam" in page
    assert "Of 1 product, Stall (Right stall) may offer more than there is." in page
    lanes.resume(stalls.there.pk)
    work(stalls.there)
    assert "may offer more than there is" not in page_of(viewer, Order.objects.get())


def test_a_withdrawal_that_waits_for_the_seller_s_side_is_told_too(
    stalls: Shop, viewer: Browser
) -> None:
    Presence(1, workers=2, every_seconds=0).tell()
    stalls.on_both(stock=1)
    lanes.ensure(stalls.there.pk, marketplace="stall", name="Right stall")
    lanes.offline(stalls.there.pk, reason="The browser is closed.")
    record_orders(stalls.here, [order("N-1")])
    page = page_of(viewer, Order.objects.get())
    assert "It may still be for sale there: work on the account has waited for the seller" in page
    assert "They are withdrawn first when it is there again; until then, end them at Stall." in page


def test_a_withdrawal_that_failed_is_told_until_it_is_gone_there(
    stalls: Shop, viewer: Browser
) -> None:
    _, _, right = stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1")])
    MarketplaceJob.objects.update(
        status="FAILED", error_message="It says no.", completed_at=timezone.now()
    )
    page = page_of(viewer, Order.objects.get())
    assert "It may still be for sale there: It says no." in page
    assert "1 product is sold out, but still for sale on Stall (Right stall)." in page
    type(right).objects.filter(pk=right.pk).update(status="ENDED")
    assert "sold out, but still for sale" not in page_of(viewer, Order.objects.get())


def test_an_oversold_order_says_what_to_do_until_it_is_dealt_with(
    stalls: Shop, member: Browser
) -> None:
    stalls.on_both(stock=0)
    record_orders(stalls.here, [order("N-1")])
    told = "1 sale is of pieces that were not there any more."
    page = page_of(member, Order.objects.get())
    assert "Oversold: 1 piece was sold that was not there any more." in page
    assert told in page
    sale = Sale.objects.get()
    act(member, sale, "settle_sale", reason="found one")
    assert told not in page_of(member, Order.objects.get())
    recorded = StaffAction.objects.get()
    assert (recorded.kind, recorded.by, recorded.reason) == ("settle_sale", "mia", "found one")


def test_what_nothing_can_withdraw_is_somebody_s_until_it_is_dealt_with(
    stalls: Shop, member: Browser
) -> None:
    product, _, _ = stalls.on_both(stock=1)
    live(Account.objects.create(marketplace="kiosk", name="Kiosk"), product, "K1")
    record_orders(stalls.here, [order("N-1")])
    told = "1 product is sold out, but still for sale on Kiosk (Kiosk)."
    page = page_of(member, Order.objects.get())
    assert "StoFlow cannot withdraw there: it is still for sale." in page
    assert told in page
    act(member, Sale.objects.get(), "settle_sale")
    assert SaleFollowUp.objects.get(job_id=None).settled_at is not None
    page = page_of(member, Order.objects.get())
    assert told not in page
    assert "Done by hand." in page


def test_a_cancelled_order_offers_to_put_its_pieces_back(stalls: Shop, member: Browser) -> None:
    product, _, _ = stalls.on_both(stock=3)
    record_orders(stalls.here, [order("N-1", line("L1", 2))])
    cancel(stalls, "N-1")
    assert stock_of(product) == 1
    told = "1 sale was cancelled, and its pieces are not back in stock."
    assert told in page_of(member, Order.objects.get())
    sale = Sale.objects.get()
    act(member, sale, "put_back", reason="not sent")
    assert stock_of(product) == 3
    page = page_of(member, Order.objects.get())
    assert told not in page
    assert "2 pieces were put back in stock." in page
    assert "2 put back: stock 1 → 3." in page_of(member, product)
    assert MarketplaceJob.objects.filter(action="publish").count() == 0


CANCELLED_AT_ONCE = timedelta(minutes=20)


def cancelled_at_once(shop: Shop) -> Product:
    """Bought and cancelled between two fetches of orders, while a sync has counted the piece."""
    product, listing, _ = shop.on_both(stock=2)
    Product.objects.update(created_at=timezone.now() - timedelta(days=9))
    report_sold(listing, 1)
    at = timezone.now() - CANCELLED_AT_ONCE
    Sale.objects.update(recorded_at=at)
    bought = at - timedelta(minutes=2)
    told = order("N-1", placed_at=bought, cancelled_at=bought + timedelta(minutes=1))
    record_orders(shop.here, [told])
    Account.objects.filter(pk=shop.here.pk).update(last_orders_at=timezone.now())
    return product


def test_a_piece_whose_order_was_cancelled_at_once_is_put_back_from_the_order_s_page(
    stalls: Shop, member: Browser
) -> None:
    product = cancelled_at_once(stalls)
    told = "1 sale was counted by its marketplace, but no order has come for it."
    page = page_of(member, Order.objects.get())
    assert "so the stock was not changed" not in page
    assert "Stall has counted pieces of this listing as sold, for which no other order" in page
    assert "1 piece sold: stock 2 → 1" in page
    assert "Put back in stock…" in page
    assert told in page
    act(member, Sale.objects.get(), "put_back")
    assert stock_of(product) == 2
    page = page_of(member, Order.objects.get())
    assert told not in page
    assert "1 piece was put back in stock." in page


def test_the_sale_without_an_order_says_what_to_do_until_it_is_dealt_with(
    stalls: Shop, member: Browser
) -> None:
    cancelled_at_once(stalls)
    sale = Sale.objects.get()
    words = "Stall has counted this as sold, but no order has come for it."
    assert words in page_of(member, sale)
    assert "none has come" in page_of(member, sale)
    assert "Mug" in page_of_list(member, attention="unclaimed")
    act(member, sale, "settle_sale", reason="sold at the market")
    assert words not in page_of(member, sale)
    assert "Mug" not in page_of_list(member, attention="unclaimed")


def test_an_order_that_was_cancelled_early_does_not_point_at_a_later_order_s_sale(
    stalls: Shop, viewer: Browser
) -> None:
    cancelled_at_once(stalls)
    record_orders(stalls.here, [order("N-2")])
    page = page_of(viewer, Order.objects.get(external_id="N-1"))
    assert "This was cancelled before StoFlow saw it, so the stock was not changed." in page
    assert "piece sold" not in page


def page_of_list(browser: Browser, **query: str) -> str:
    """The rows of the list of sales."""
    page = text_of(browser.get(SALES, **query))
    return page[page.find("<tbody") :]


def test_no_more_is_put_back_than_was_taken(stalls: Shop, member: Browser) -> None:
    product, _, _ = stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1", line("L1", 3))])
    cancel(stalls, "N-1")
    sale = Sale.objects.get()
    act(member, sale, "put_back", pieces=3)
    assert stock_of(product) == 0
    act(member, sale, "put_back")
    assert stock_of(product) == 1
    assert "There is nothing to do." in preview(member, "put_back", act_page(sale)).text
    member.post(act_page(sale), do="put_back", pieces=1, key=uuid4())
    assert stock_of(product) == 1


def test_the_same_form_sent_twice_puts_back_once(stalls: Shop, member: Browser) -> None:
    product, _, _ = stalls.on_both(stock=2)
    record_orders(stalls.here, [order("N-1", line("L1", 2))])
    cancel(stalls, "N-1")
    path = act_page(Sale.objects.get())
    key = "7d0b1b9a-2f1d-4b53-8a1c-7a1f6d0b9a11"
    for _ in range(2):
        member.post(path, do="put_back", pieces=1, key=key, reason="")
    assert stock_of(product) == 1


def test_who_may_only_see_is_offered_nothing_and_may_do_nothing(
    stalls: Shop, viewer: Browser
) -> None:
    product, _, _ = stalls.on_both(stock=1)
    record_orders(stalls.here, [order("N-1")])
    cancel(stalls, "N-1")
    path = act_page(Sale.objects.get())
    assert "Put back in stock…" not in page_of(viewer, Order.objects.get())
    assert viewer.get(path, do="put_back").status_code == 403
    assert viewer.post(path, do="put_back", pieces=1).status_code == 403
    assert stock_of(product) == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "N-1"}, {"N-1"}),
        ({"q": "tea"}, {"N-2"}),
        ({"q": "sku-b"}, {"N-2"}),
        ({"q": "L1"}, {"N-1"}),
        ({"status__exact": "PAID"}, {"N-1", "N-2"}),
        ({"status__exact": "CANCELLED"}, {"N-3"}),
        ({"attention": "oversold"}, {"N-1"}),
        ({"attention": "unknown"}, {"N-2"}),
        ({"attention": "cancelled"}, set()),
        ({"marketplace": "stall"}, {"N-1", "N-2", "N-3"}),
    ],
)
def test_orders_are_found_by_what_staff_ask(
    stalls: Shop, viewer: Browser, query: dict[str, str], found: set[str]
) -> None:
    stalls.on_both(stock=0)
    orders = [
        order("N-1", line("L1")),
        order("N-2", line("L9", sku="SKU-B", title="Teapot")),
        order("N-3", line("L1"), is_cancelled=True),
    ]
    record_orders(stalls.here, orders)
    assert listed(viewer, **query) == found


def test_the_file_of_orders_has_what_the_list_has(stalls: Shop, viewer: Browser) -> None:
    stalls.on_both(stock=0)
    record_orders(stalls.here, [order("N-1", line("L1", 2, sku="S-7"))])
    rows = b"".join(viewer.get(f"{ORDERS}export/")).decode().splitlines()
    assert "N-1" in rows[1]
    assert "S-7" in rows[1]
    rows = b"".join(viewer.get(f"{SALES}export/")).decode().splitlines()
    assert "N-1" in rows[1]


def test_pages_cost_as_many_queries_with_many_lines(stalls: Shop, superuser: Browser) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert superuser.get(path).status_code == 200
        return len(asked)

    def sell(first: int, count: int) -> None:
        lines = []
        for number in range(first, first + count):
            product = stalls.product(stock=1)
            live(stalls.here, product, f"L{number}")
            live(stalls.there, product, f"R{number}")
            lines.append(line(f"L{number}", 2, number=str(number)))
        told = order(f"N-{first}", *lines)
        record_orders(stalls.here, [told, order(f"M-{first}", *lines[:1])])

    sell(1, 2)
    sell(100, 20)
    few, many = (Order.objects.get(external_id=f"N-{first}").pk for first in (1, 100))
    superuser.get(ORDERS)
    assert queries(f"{ORDERS}{few}/change/") == queries(f"{ORDERS}{many}/change/")
