"""What the admin calls models and their fields, in the reader's language.

Set here and not in the models: there every word would be a migration in each seller's schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from marketplaces.models import Account, Listing, Product, ProductImage

MODELS: Mapping[type[Model], tuple[Promise, Promise]] = {
    Product: (_("product"), _("products")),
    ProductImage: (_("photo"), _("photos")),
    Listing: (_("listing"), _("listings")),
    Account: (_("account"), _("accounts")),
}
FIELDS: Mapping[type[Model], Mapping[str, Promise]] = {
    Product: {
        "sku": _("SKU"),
        "title": _("title"),
        "description": _("description"),
        "brand": _("brand"),
        "product_type": _("product type"),
        "tags": _("tags"),
        "options": _("options"),
        "condition": _("condition"),
        "barcode": _("bar code"),
        "price": _("price"),
        "currency": _("currency"),
        "stock": _("stock"),
        "handle": _("handle"),
    },
    ProductImage: {"position": _("position"), "url": _("address"), "alt_text": _("description")},
    Listing: {
        "account": _("account"),
        "product": _("product"),
        "key": _("key"),
        "external_id": _("id at the marketplace"),
        "url": _("address"),
        "status": _("status"),
    },
    Account: {"name": _("name"), "marketplace": _("marketplace"), "settings": _("settings")},
}


def name_models() -> None:
    """Called once, as the admin is loaded."""
    for model, (one, many) in MODELS.items():
        meta = cast("Any", model._meta)
        meta.verbose_name, meta.verbose_name_plural = one, many
    for model, names in FIELDS.items():
        for name, words in names.items():
            cast("Any", model._meta.get_field(name)).verbose_name = words
