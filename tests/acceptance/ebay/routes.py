"""The calls of eBay's jobs, by the names under which the sandbox counts and spoils them."""

from __future__ import annotations

from typing import Any

UPLOAD_FILE = "POST /commerce/media/v1_beta/image/create_image_from_file"
UPLOAD_LINK = "POST /commerce/media/v1_beta/image/create_image_from_url"
READ_IMAGE = "GET /commerce/media/v1_beta/image/{image_id}"
PUT_ITEM = "PUT /sell/inventory/v1/inventory_item/{sku}"
FIND_OFFERS = "GET /sell/inventory/v1/offer"
CREATE_OFFER = "POST /sell/inventory/v1/offer"
READ_OFFER = "GET /sell/inventory/v1/offer/{offerId}"
UPDATE_OFFER = "PUT /sell/inventory/v1/offer/{offerId}"
PUBLISH = "POST /sell/inventory/v1/offer/{offerId}/publish"
SET_PRICE = "POST /sell/inventory/v1/bulk_update_price_quantity"
WITHDRAW = "POST /sell/inventory/v1/offer/{offerId}/withdraw"
DELETE_OFFER = "DELETE /sell/inventory/v1/offer/{offerId}"
DELETE_ITEM = "DELETE /sell/inventory/v1/inventory_item/{sku}"
TOKEN = "POST /identity/v1/oauth2/token"

STEP_OF_WRITE = {
    UPLOAD_FILE: "upload_image",
    UPLOAD_LINK: "upload_image",
    PUT_ITEM: "save_inventory_item",
    CREATE_OFFER: "create_offer",
    UPDATE_OFFER: "update_offer",
    PUBLISH: "publish_offer",
}


def refused(error_id: int, message: str) -> dict[str, Any]:
    """The body of an error as eBay writes it."""
    return {"errors": [{"errorId": error_id, "category": "REQUEST", "message": message}]}


TOO_MANY = refused(2001, "Too many requests.")
