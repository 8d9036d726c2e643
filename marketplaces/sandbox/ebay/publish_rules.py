"""What must be there before an offer goes live; everything missing is named in one answer."""

import re
from collections.abc import Iterator
from typing import Any

from marketplaces.sandbox.ebay import category_tree, images, locations, sellers
from marketplaces.sandbox.ebay.enums import CURRENCIES
from marketplaces.sandbox.ebay.errors import error
from marketplaces.sandbox.ebay.item_rules import quantity_of
from marketplaces.sandbox.state import State

Json = dict[str, Any]

PRICE = re.compile(r"\d+(\.\d{1,2})?")
POLICY_FIELDS = {
    25007: ("fulfillment", "fulfillmentPolicyId"),
    25008: ("payment", "paymentPolicyId"),
    25009: ("return", "returnPolicyId"),
}


def faults_of(
    state: State, seller: str, item: Json, fields: Json, *, least_quantity: int
) -> list[Json]:
    return [
        *_of_item(state, seller, item, fields),
        *_of_aspects(state, item, fields),
        *_of_quantity(item, fields, least_quantity),
        *_of_offer(state, seller, fields),
        *_of_policies(state, seller, fields),
    ]


def _of_item(state: State, seller: str, item: Json, fields: Json) -> Iterator[Json]:
    product = item.get("product") or {}
    urls = product.get("imageUrls") or []
    if not product.get("title"):
        yield error(25016, field="title", info="A title is required.")
    if not (fields.get("listingDescription") or product.get("description")):
        yield error(25016, field="listingDescription", info="A description is required.")
    if not item.get("condition"):
        yield error(25021, info="A condition is required.")
    elif not category_tree.takes_condition(fields.get("categoryId") or "", item["condition"]):
        yield error(25021, info="The condition is not valid for this category.")
    if not urls:
        yield error(25014, info="Add at least 1 photo.")
    for url in urls:
        if images.is_hosted(url) and images.usable(state, seller, item["sku"], url) is None:
            yield error(25015, info=f"The picture does not exist or has expired: {url}")


def _of_aspects(state: State, item: Json, fields: Json) -> Iterator[Json]:
    """The words are those that developers quote for 25002."""
    category = fields.get("categoryId") or ""
    given = (item.get("product") or {}).get("aspects") or {}
    known = category_tree.aspects_of(state, category) if category_tree.is_leaf(category) else ()
    for aspect in known:
        if aspect.required and not given.get(aspect.name):
            info = f"The item specific {aspect.name} is missing. Add {aspect.name} to this listing."
            yield error(25002, info=info)
        elif (
            aspect.required and aspect.closed and not set(given[aspect.name]) <= set(aspect.values)
        ):
            yield error(25002, info=f"The item specific {aspect.name} has an invalid value.")


def _of_quantity(item: Json, fields: Json, least: int) -> Iterator[Json]:
    available = fields.get("availableQuantity")
    if quantity_of(item) < least or (available is not None and available < least):
        yield error(25004, info="The quantity must be 1 or more.")


def _of_offer(state: State, seller: str, fields: Json) -> Iterator[Json]:
    if not is_price(fields):
        yield error(25003, info="A price in the currency of the marketplace is required.")
    if not (fields.get("categoryId") or "").isdecimal():
        yield error(25005, info="A category id is required.")
    if fields.get("listingDuration") != "GTC":
        yield error(25006, info="The listing duration of a fixed price offer must be GTC.")
    location = fields.get("merchantLocationKey") or ""
    if not locations.exists(state, seller, location):
        yield error(25012, info="merchantLocationKey must name a location of the seller.")


def _of_policies(state: State, seller: str, fields: Json) -> Iterator[Json]:
    chosen = fields.get("listingPolicies") or {}
    for error_id, (kind, field) in POLICY_FIELDS.items():
        known = sellers.policy_id(state, seller, kind)
        if known is None or chosen.get(field) != known:
            yield error(error_id, info=f"{field} must name a policy of the seller.")


def is_price(fields: Json) -> bool:
    price = (fields.get("pricingSummary") or {}).get("price") or {}
    value = price.get("value") or ""
    if not PRICE.fullmatch(value) or float(value) <= 0:
        return False
    return bool(price.get("currency") == CURRENCIES.get(fields["marketplaceId"]))
