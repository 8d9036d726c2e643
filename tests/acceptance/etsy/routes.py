"""The calls of Etsy's jobs, by the names under which the sandbox counts and spoils them."""

from __future__ import annotations

CREATE = "POST /v3/application/shops/{shop_id}/listings"
PATCH = "PATCH /v3/application/shops/{shop_id}/listings/{listing_id}"
READ = "GET /v3/application/listings/{listing_id}"
READ_SHOP = "GET /v3/application/shops/{shop_id}/listings"
DELETE = "DELETE /v3/application/listings/{listing_id}"
PUT_INVENTORY = "PUT /v3/application/listings/{listing_id}/inventory"
UPLOAD = "POST /v3/application/shops/{shop_id}/listings/{listing_id}/images"
READ_IMAGES = "GET /v3/application/listings/{listing_id}/images"
DELETE_IMAGE = (
    "DELETE /v3/application/shops/{shop_id}/listings/{listing_id}/images/{listing_image_id}"
)
READ_ORDERS = "GET /v3/application/shops/{shop_id}/receipts"
TOKEN = "POST /v3/public/oauth/token"
