"""Which products a marketplace must refuse, by the catalogue's facts and the sandbox's own rules.

Apart from the code that the demo puts to the proof: what `validation` of any marketplace thinks of
a product is not asked, so that a product which it refuses wrongly is missed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from marketplaces.ebay.mapping import description_of
from marketplaces.keys import own_key
from marketplaces.models import Account, Product, ProductImage
from marketplaces.plain_text import plain_text
from marketplaces.product_facts import facts_of
from marketplaces.sandbox.ebay import image_rules, item_rules
from marketplaces.sandbox.ebay.enums import CONDITIONS, CURRENCIES
from marketplaces.sandbox.ebay.links import https_host
from marketplaces.sandbox.etsy import image_rules as etsy_images
from marketplaces.sandbox.etsy import listing_rules
from marketplaces.sandbox.messages import RefusedError
from marketplaces.sandbox.vinted import item_rules as vinted_items
from marketplaces.sandbox.vinted import photos as vinted_photos
from tasks.tenancy import current_schema

Check = Callable[[bytes], object]
"""Raises RefusedError for a file that the marketplace does not take."""
ETSY_PHOTOS = listing_rules.MAX_IMAGES
LOWEST_AT_ETSY = Decimal("0.20")
COLOUR_OPTIONS = frozenset({"Couleur", "Colour", "Color", "Farbe"})


def must_be_refused(product: Product, account: Account) -> bool:
    """Whether the product as it stands in the catalogue is not fit for the account's marketplace."""
    return _RULES[account.marketplace](product, account)


def _by_ebay(product: Product, account: Account) -> bool:
    return any(
        (
            not 1 <= len(product.title.strip()) <= item_rules.MAX_TITLE,
            len(description_of(facts_of(product))) > item_rules.MAX_DESCRIPTION,
            not product.price,
            product.currency != CURRENCIES[account.settings["marketplace_id"]],
            not product.stock,
            not _has_known_condition(product, account),
            *_aspect_faults(product),
            *_photo_faults(product, item_rules.MAX_PICTURES, image_rules.check_file),
        )
    )


def _by_etsy(product: Product, account: Account) -> bool:
    price = product.price or Decimal(0)
    return any(
        (
            not 1 <= len(product.title.strip()) <= listing_rules.MAX_TITLE,
            price < LOWEST_AT_ETSY,
            product.currency != account.settings["currency"],
            not product.stock,
            *_photo_faults(product, ETSY_PHOTOS, etsy_images.check_file),
        )
    )


def _by_vinted(product: Product, account: Account) -> bool:
    mark = f" [{own_key(current_schema(), product.pk)}]"
    price = product.price or Decimal(0)
    return any(
        (
            not 1 <= len(product.title.strip()) <= vinted_items.MAX_TITLE - len(mark),
            len(plain_text(product.description)) > vinted_items.MAX_DESCRIPTION,
            not vinted_items.MIN_PRICE <= price <= vinted_items.MAX_PRICE,
            product.currency != "EUR",
            not product.stock,
            not _has_known_colour(product, account),
            *_photo_faults(product, vinted_photos.MOST, vinted_photos.measured),
        )
    )


_RULES = {"ebay": _by_ebay, "etsy": _by_etsy, "vinted": _by_vinted}


def _has_known_condition(product: Product, account: Account) -> bool:
    own = product.condition.strip()
    word = re.sub(r"[\s-]+", "_", own).upper()
    return not own or own in account.settings.get("conditions", {}) or word in CONDITIONS


def _aspect_faults(product: Product) -> Iterator[bool]:
    yield len(product.brand.strip()) > item_rules.MAX_ASPECT_VALUE
    for name, value in product.options.items():
        yield bool(value) and len(name) > item_rules.MAX_ASPECT_NAME
        yield len(str(value)) > item_rules.MAX_ASPECT_VALUE


def _has_known_colour(product: Product, account: Account) -> bool:
    """No colour at all is well: the account has one for those."""
    given = [value for name, value in product.options.items() if name in COLOUR_OPTIONS and value]
    known = {word.casefold() for word in account.settings["colors"]}
    return not given or str(given[0]).strip().casefold() in known


def _photo_faults(product: Product, most: int, check: Check) -> Iterator[bool]:
    photos = list(product.images.all())
    yield not 1 <= len(photos) <= most
    yield from (_is_bad(photo, check) for photo in photos)


def _is_bad(photo: ProductImage, check: Check) -> bool:
    if photo.url:
        return not https_host(photo.url)
    try:
        with photo.file.open("rb") as file:
            check(file.read())
    except RefusedError:
        return True
    except FileNotFoundError:
        return False  # StoFlow has lost it, and that excuses nothing.
    return False
