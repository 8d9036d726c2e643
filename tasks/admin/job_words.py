"""What a job does and where, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

_MARKETPLACES = {"ebay": "eBay"}


def marketplace_words(marketplace: str) -> str:
    return _MARKETPLACES.get(marketplace, marketplace.capitalize())


def work_words(action: str, marketplace: str) -> str:
    """“Publish on eBay”."""
    return _("%(action)s on %(marketplace)s") % {
        "action": action.replace("_", " ").capitalize(),
        "marketplace": marketplace_words(marketplace),
    }
