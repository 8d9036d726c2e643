"""From a product and the account's settings to what eBay is sent. Pure, and total: a product that
is not fit for eBay is mapped too; `validation` says what is wrong with it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

import nh3

from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.category_rules import CategoryRules
from marketplaces.ebay.conditions import meaning
from marketplaces.ebay.option_names import name_of
from marketplaces.product_facts import ProductFacts

Json = dict[str, Any]

# The tags that the Inventory API's document lists for Product.description.
_TAGS = {"b", "strong", "br", "ol", "ul", "li", "table", "tr", "td", "th", "thead", "tfoot"} | {
    "tbody",
    "caption",
    "colgroup",
    "col",
}
_BLOCK_END = re.compile(r"</(?:p|div|h[1-6]|section|article|blockquote)\s*>", re.IGNORECASE)
_BREAKS_AROUND = re.compile(r"^(?:\s|<br>|&nbsp;)+|(?:\s|<br>|&nbsp;)+$")
_MANY_BREAKS = re.compile(r"(?:\s*<br>\s*){3,}")


def mapped(
    facts: ProductFacts, settings: EbaySettings, sku: str, rules: CategoryRules | None = None
) -> Json:
    """Everything about the listing but the photos' addresses at eBay, which uploads bring.

    `rules` of the product's category, as far as they are known, give aspects eBay's spelling.
    """
    return {
        "sku": sku,
        "item": _item(facts, settings, rules),
        "offer": _offer(facts, settings, sku),
        "images": [picture.checksum for picture in facts.pictures],
    }


def with_quantity(mapped: Mapping[str, Any], pieces: int) -> Json:
    """The same, with another number of pieces in the item and in its offer."""
    stock = {"shipToLocationAvailability": {"quantity": pieces}}
    return {
        **mapped,
        "item": {**mapped["item"], "availability": stock},
        "offer": {**mapped["offer"], "availableQuantity": pieces},
    }


def item_with_images(item: Mapping[str, Any], urls: Iterable[str]) -> Json:
    """The body of PUT inventory_item."""
    return {**item, "product": {**item["product"], "imageUrls": list(urls)}}


def condition_of(facts: ProductFacts, settings: EbaySettings) -> str:
    """One of eBay's conditions; empty when neither product nor account tells."""
    own = facts.condition
    return meaning(settings.conditions.get(own) or own or settings.condition)


def aspects_of(
    facts: ProductFacts, settings: EbaySettings, rules: CategoryRules | None = None
) -> dict[str, list[str]]:
    """eBay's "item specifics": the brand, the options, and what every product of the account has."""
    aspects = dict(settings.aspects)
    if facts.brand:
        aspects[settings.brand_name] = facts.brand
    for option, value in facts.options.items():
        name = settings.aspect_names.get(option)
        aspects[name or name_of(option, settings.marketplace_id, rules)] = value
    spelt = (_spelt(name, value, rules) for name, value in aspects.items() if name and value)
    return {name: [value] for name, value in sorted(spelt)}


def _spelt(name: str, value: str, rules: CategoryRules | None) -> tuple[str, str]:
    """As eBay spells them; as they are where it has no such name or value."""
    aspect = rules.aspect(name) if rules else None
    return (aspect.name, aspect.accepted(value) or value) if aspect else (name, value)


def description_of(facts: ProductFacts) -> str:
    """HTML of eBay's basic tags only; the title where the seller wrote nothing."""
    text = nh3.clean(_BLOCK_END.sub("<br><br>", facts.description), tags=_TAGS, attributes={})
    text = _MANY_BREAKS.sub("<br><br>", _BREAKS_AROUND.sub("", text))
    return text or html.escape(facts.title, quote=False)


def _item(facts: ProductFacts, settings: EbaySettings, rules: CategoryRules | None) -> Json:
    product: Json = {
        "title": facts.title,
        "description": description_of(facts),
        "aspects": aspects_of(facts, settings, rules),
        **_identifier(facts.barcode),
    }
    if facts.brand:
        product["brand"] = facts.brand
    return {
        "availability": {"shipToLocationAvailability": {"quantity": facts.stock or 0}},
        "condition": condition_of(facts, settings),
        "product": product,
    }


def _offer(facts: ProductFacts, settings: EbaySettings, sku: str) -> Json:
    price = "" if facts.price is None else f"{facts.price:.2f}"
    return {
        "sku": sku,
        "marketplaceId": settings.marketplace_id,
        "format": "FIXED_PRICE",
        "availableQuantity": facts.stock or 0,
        "categoryId": settings.category_of(facts.product_type),
        # A barcode that eBay's catalogue knows must not replace the seller's own words.
        "includeCatalogProductDetails": False,
        "listingDescription": description_of(facts),
        "listingDuration": "GTC",
        "listingPolicies": {
            "fulfillmentPolicyId": settings.fulfillment_policy_id,
            "paymentPolicyId": settings.payment_policy_id,
            "returnPolicyId": settings.return_policy_id,
        },
        "merchantLocationKey": settings.merchant_location_key,
        "pricingSummary": {"price": {"currency": settings.currency, "value": price}},
    }


def _identifier(barcode: str) -> Json:
    """The barcode under eBay's name for its kind; a number with a wrong check digit is left out."""
    if not (barcode.isascii() and barcode.isdecimal() and len(barcode) in {8, 12, 13}):
        return {}
    digits = [int(digit) for digit in reversed(barcode)]
    if sum(digits[0::2]) % 10 != -3 * sum(digits[1::2]) % 10:
        return {}
    if len(barcode) == 12:
        return {"upc": [barcode]}
    return {"isbn" if barcode.startswith(("978", "979")) else "ean": [barcode]}
