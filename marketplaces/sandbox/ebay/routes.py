"""eBay's routes, as its documents have them. There is no other route on the API port."""

from marketplaces.sandbox.ebay import (
    account_api,
    bulk_quantity,
    consent,
    identity,
    images,
    inventory_items,
    locations,
    offers,
    orders,
    publishing,
    taxonomy_api,
)
from marketplaces.sandbox.ebay.media_pace import paced
from marketplaces.sandbox.ebay.oauth import authorised, issue_token
from marketplaces.sandbox.ebay.scopes import ACCOUNT, FULFILLMENT, IDENTITY, INVENTORY, ROOT
from marketplaces.sandbox.messages import Handler, Route


def _account(kind: str, handler: Handler) -> Route:
    return Route("GET", f"{account_api.PATH}/{kind}_policy", authorised(ACCOUNT)(handler))


def _inventory(method: str, path: str, handler: Handler) -> Route:
    return Route(method, f"/sell/inventory/v1/{path}", authorised(INVENTORY)(handler))


def _image(method: str, path: str, handler: Handler) -> Route:
    return Route(method, f"{images.PATH}/{path}", authorised(INVENTORY)(handler))


def _taxonomy(path: str, handler: Handler) -> Route:
    return Route("GET", f"{taxonomy_api.PATH}/{path}", authorised(ROOT)(handler))


_TREE = "category_tree/{category_tree_id}"
ROUTES = (
    Route("GET", "/oauth2/authorize", consent.ask),
    Route("POST", "/oauth2/authorize", consent.decide),  # the page's own form
    Route("POST", "/identity/v1/oauth2/token", issue_token),
    Route("GET", f"{identity.PATH}/user/", authorised(IDENTITY)(identity.read_user)),
    _taxonomy("get_default_category_tree_id", taxonomy_api.default_tree),
    _taxonomy(f"{_TREE}/get_category_suggestions", taxonomy_api.suggestions),
    _taxonomy(f"{_TREE}/get_item_aspects_for_category", taxonomy_api.aspects),
    _account("fulfillment", account_api.fulfillment_policies),
    _account("payment", account_api.payment_policies),
    _account("return", account_api.return_policies),
    _inventory("GET", "location", locations.read_all),
    _inventory("GET", "location/{merchantLocationKey}", locations.read),
    _inventory("POST", "location/{merchantLocationKey}", locations.create),
    _inventory("GET", "inventory_item", inventory_items.read_all),
    _inventory("GET", "inventory_item/{sku}", inventory_items.read),
    _inventory("PUT", "inventory_item/{sku}", inventory_items.put),
    _inventory("DELETE", "inventory_item/{sku}", inventory_items.delete),
    _inventory("POST", "bulk_update_price_quantity", bulk_quantity.update),
    _inventory("GET", "offer", offers.read_all),
    _inventory("POST", "offer", offers.create),
    _inventory("GET", "offer/{offerId}", offers.read),
    _inventory("PUT", "offer/{offerId}", offers.update),
    _inventory("DELETE", "offer/{offerId}", offers.delete),
    _inventory("POST", "offer/{offerId}/publish", publishing.publish),
    _inventory("POST", "offer/{offerId}/withdraw", publishing.withdraw),
    Route("GET", orders.PATH, authorised(FULFILLMENT)(orders.read_all)),
    Route("GET", f"{orders.PATH}/{{orderId}}", authorised(FULFILLMENT)(orders.read)),
    _image("POST", "create_image_from_file", paced(images.create_from_file)),
    _image("POST", "create_image_from_url", paced(images.create_from_url)),
    _image("GET", "{image_id}", images.read),
)
