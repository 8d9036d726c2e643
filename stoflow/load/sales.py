"""Orders and what they did to stock, and listings that belong to no product."""

from __future__ import annotations

from marketplaces.models import Order, OrderLine, Sale, SaleFollowUp, UnmatchedListing
from stoflow.load.rows import insert
from stoflow.load.size import Size


def sales() -> None:
    """One order for every second listing that was published, and its sale.

    Of a hundred orders one was cancelled, and one sold what was not there any more; each tenth
    sale asked for something elsewhere.
    """
    insert(
        Order,
        {
            "id": "l.id",
            "account_id": "l.account_id",
            "external_id": "'12-' || (40000 + l.id)",
            "status": "(ARRAY['PAID', 'SENT', 'SENT', 'CLOSED'])[1 + l.id %% 4]",
            "placed_at": "l.published_at + interval '3 days'",
            "changed_at": "l.published_at + interval '4 days'",
            "cancelled_at": "CASE WHEN l.id %% 100 = 2 THEN l.published_at + interval '4 days' END",
            "total": "9.90 + p.price",
            "currency": "'EUR'",
            "url": "'https://www.ebay.fr/mesh/ord/details?orderid=12-' || (40000 + l.id)",
            "recorded_at": "l.published_at + interval '3 days'",
        },
        "listings l JOIN products p ON p.id = l.product_id "
        "WHERE l.id %% 2 = 0 AND l.published_at IS NOT NULL",
    )
    insert(
        OrderLine,
        {
            "id": "o.id",
            "order_id": "o.id",
            "external_id": "o.id::text",
            "listing_external_id": "l.external_id",
            "sku": "l.key",
            "title": "p.title",
            "quantity": "1",
            "price": "p.price",
            "product_id": "p.id",
            "product_name": "p.title",
        },
        "orders o JOIN listings l ON l.id = o.id JOIN products p ON p.id = l.product_id",
    )
    insert(
        Sale,
        {
            "id": "line.id",
            "product_id": "line.product_id",
            "product_name": "line.product_name",
            "account_id": "o.account_id",
            "listing_external_id": "line.listing_external_id",
            "quantity": "1",
            "order_line_id": "line.id",
            "seen_by_sync": "line.id %% 6 = 0",
            "stock_before": "CASE WHEN line.id %% 100 = 4 THEN 0 ELSE 1 + line.id %% 3 END",
            "stock_after": "CASE WHEN line.id %% 100 = 4 THEN 0 ELSE line.id %% 3 END",
            "oversold": "CASE WHEN line.id %% 100 = 4 THEN 1 ELSE 0 END",
            "occurred_at": "o.placed_at",
            "recorded_at": "o.recorded_at",
        },
        "order_lines line JOIN orders o ON o.id = line.order_id",
    )
    insert(
        SaleFollowUp,
        {
            "sale_id": "s.id",
            "account_id": "other.id",
            "account_name": "other.name",
            "marketplace": "other.marketplace",
            "action": "CASE WHEN s.stock_after = 0 THEN 'unpublish' ELSE 'update' END",
            "job_id": "CASE WHEN s.id %% 200 <> 0 THEN s.id END",
            "created_at": "s.recorded_at",
        },
        "sales s JOIN accounts other ON other.id <> s.account_id WHERE s.id %% 10 = 0",
    )


def unmatched(size: Size) -> None:
    """Listings made by hand, one for twenty products."""
    insert(
        UnmatchedListing,
        {
            "account_id": "1 + n %% 2",
            "external_id": "(220550000000 + n)::text",
            "sku": "CASE WHEN n %% 3 = 0 THEN '' ELSE 'HAND-' || n END",
            "title": "'Linen shirt by hand no. ' || n",
            "url": "'https://www.ebay.fr/itm/' || (220550000000 + n)",
            "price": "10 + n %% 50",
            "currency": "'EUR'",
            "quantity": "1",
            "said": "'PUBLISHED ACTIVE'",
            "why": "CASE WHEN n %% 3 = 0 THEN 'NO_SKU' ELSE 'NO_PRODUCT' END",
            "first_seen_at": "now() - interval '9 days'",
            "last_seen_at": "now() - interval '1 hour'",
        },
        "generate_series(1, %(count)s::int) n",
        count=max(size.products // 20, 1),
    )
