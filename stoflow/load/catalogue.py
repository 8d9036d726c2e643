"""The accounts and products of a seller, and what of them was published."""

from __future__ import annotations

from marketplaces.models import Account, Listing, Product, ProductImage
from stoflow.load.rows import insert
from stoflow.load.size import Size


def catalogue(size: Size) -> None:
    insert(
        Account,
        {
            "id": "n",
            "marketplace": "'ebay'",
            "name": "(ARRAY['Main shop', 'Outlet'])[n]",
            "settings": """'{"marketplace_id": "EBAY_FR"}'::jsonb""",
            "created_at": "now()",
            "updated_at": "now()",
        },
        "generate_series(1, 2) n",
    )
    insert(
        Product,
        {
            "id": "n",
            "sku": "'LOAD-' || n",
            "title": "(ARRAY['Linen shirt', 'Denim jacket', 'Leather belt', 'Silk scarf', "
            "'Wool coat', 'Canvas bag', 'Suede boots'])[1 + n %% 7] || ' no. ' || n",
            "description": "'<p>' || repeat('Well kept, from a smoke-free home. ', 12) || '</p>'",
            "brand": "'Brand ' || n %% 40",
            "product_type": "'Type ' || n %% 25",
            "tags": """'["vintage", "women"]'::jsonb""",
            "options": """jsonb_build_object('Size', (ARRAY['S', 'M', 'L'])[1 + n %% 3])""",
            "condition": "'Used'",
            "barcode": "(4006381000000 + n)::text",
            "price": "5 + n %% 200",
            "stock": "n %% 5",
            "handle": "'product-' || n / 3",
            "created_at": "now() - interval '200 days'",
            "updated_at": "now()",
        },
        "generate_series(1, %(products)s::int) n",
        products=size.products,
    )
    insert(
        ProductImage,
        {
            "product_id": "n",
            "position": "p",
            "url": "'https://photos.example/' || n || '-' || p || '.jpg'",
            "checksum": "encode(sha256((n || '-' || p)::bytea), 'hex')",
        },
        "generate_series(1, %(products)s::int) n, generate_series(1, 3) p",
        products=size.products,
    )


def listings() -> None:
    """One of each product that was published at least once; the newest listing counts."""
    insert(
        Listing,
        {
            "account_id": "j.account_id",
            "product_id": "j.product_id",
            "key": "'load' || j.product_id",
            "external_id": "(110550000000 + j.id)::text",
            "url": "'https://www.ebay.fr/itm/' || (110550000000 + j.id)",
            "status": "CASE WHEN j.product_id %% 10 = 0 THEN 'ENDED' ELSE 'LIVE' END",
            "sent_hash": "encode(sha256(j.id::text::bytea), 'hex')",
            "details": "jsonb_build_object('offer_id', (9000000000 + j.id)::text)",
            "published_at": "j.completed_at",
            "created_at": "j.created_at",
            "updated_at": "j.completed_at",
        },
        """(SELECT DISTINCT ON (account_id, product_id) * FROM marketplace_jobs
            WHERE status = 'COMPLETED' ORDER BY account_id, product_id, id DESC) AS j""",
    )
