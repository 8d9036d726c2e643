"""Which products eBay must refuse, by the catalogue's facts and the sandbox's own rules.

Apart from the code that the demo puts to the proof: what `marketplaces.ebay.validation` thinks of
a product is not asked, so that a product which it refuses wrongly is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from marketplaces.ebay.mapping import description_of
from marketplaces.models import Account, Product, ProductImage
from marketplaces.product_facts import facts_of
from marketplaces.sandbox.ebay import image_rules, item_rules
from marketplaces.sandbox.ebay.enums import CONDITIONS, CURRENCIES
from marketplaces.sandbox.ebay.links import https_host
from marketplaces.sandbox.messages import RefusedError


def must_be_refused(product: Product, account: Account) -> bool:
    """Whether the product as it stands in the catalogue is not fit for eBay."""
    return any(
        (
            not 1 <= len(product.title.strip()) <= item_rules.MAX_TITLE,
            len(description_of(facts_of(product))) > item_rules.MAX_DESCRIPTION,
            not product.price,
            product.currency != CURRENCIES[account.settings["marketplace_id"]],
            not product.stock,
            not _has_known_condition(product, account),
            *_aspect_faults(product),
            *_photo_faults(product),
        )
    )


def _has_known_condition(product: Product, account: Account) -> bool:
    own = product.condition.strip()
    word = re.sub(r"[\s-]+", "_", own).upper()
    return not own or own in account.settings.get("conditions", {}) or word in CONDITIONS


def _aspect_faults(product: Product) -> Iterator[bool]:
    yield len(product.brand.strip()) > item_rules.MAX_ASPECT_VALUE
    for name, value in product.options.items():
        yield bool(value) and len(name) > item_rules.MAX_ASPECT_NAME
        yield len(str(value)) > item_rules.MAX_ASPECT_VALUE


def _photo_faults(product: Product) -> Iterator[bool]:
    photos = list(product.images.all())
    yield not 1 <= len(photos) <= item_rules.MAX_PICTURES
    yield from (_is_bad(photo) for photo in photos)


def _is_bad(photo: ProductImage) -> bool:
    if photo.url:
        return not https_host(photo.url)
    try:
        with photo.file.open("rb") as file:
            image_rules.check_file(file.read())
    except RefusedError:
        return True
    except FileNotFoundError:
        return False  # StoFlow has lost it, and that excuses nothing.
    return False
