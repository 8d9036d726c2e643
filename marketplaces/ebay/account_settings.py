"""What a seller has chosen for eBay, read from the JSON of Account.settings.

    {"marketplace_id": "EBAY_FR", "fulfillment_policy_id": "…", "payment_policy_id": "…",
     "return_policy_id": "…", "merchant_location_key": "…", "category_id": "15687",
     "categories": {"T-shirts": "15687"}, "condition": "NEW", "conditions": {"worn": "USED_GOOD"},
     "aspect_names": {"Size": "Taille"}, "aspects": {"Department": "Unisex"}}

`language` and `currency` follow from the marketplace unless they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tasks.sentences import sentence


@dataclass(frozen=True, slots=True)
class Site:
    """One of eBay's marketplaces: the language of its texts, its currency, its word for a brand."""

    language: str
    currency: str
    brand: str
    host: str
    """Where buyers see its listings, under /itm/."""


# Marketplaces and locales: eBay's page "Marketplace ID values" (rest-request-components).
SITES = {
    "EBAY_AT": Site("de-AT", "EUR", "Marke", "www.ebay.at"),
    "EBAY_AU": Site("en-AU", "AUD", "Brand", "www.ebay.com.au"),
    "EBAY_BE": Site("fr-BE", "EUR", "Marque", "befr.ebay.be"),
    "EBAY_CA": Site("en-CA", "CAD", "Brand", "www.ebay.ca"),
    "EBAY_CH": Site("de-CH", "CHF", "Marke", "www.ebay.ch"),
    "EBAY_DE": Site("de-DE", "EUR", "Marke", "www.ebay.de"),
    "EBAY_ES": Site("es-ES", "EUR", "Marca", "www.ebay.es"),
    "EBAY_FR": Site("fr-FR", "EUR", "Marque", "www.ebay.fr"),
    "EBAY_GB": Site("en-GB", "GBP", "Brand", "www.ebay.co.uk"),
    "EBAY_IE": Site("en-IE", "EUR", "Brand", "www.ebay.ie"),
    "EBAY_IT": Site("it-IT", "EUR", "Marca", "www.ebay.it"),
    "EBAY_NL": Site("nl-NL", "EUR", "Merk", "www.ebay.nl"),
    "EBAY_PL": Site("pl-PL", "PLN", "Marka", "www.ebay.pl"),
    "EBAY_US": Site("en-US", "USD", "Brand", "www.ebay.com"),
}
_MARKETPLACE = "EBAY_FR"
_NO_SITE = Site("", "", "Brand", "www.ebay.com")
_REQUIRED = {
    "fulfillment_policy_id": sentence("shipping policy"),
    "payment_policy_id": sentence("payment policy"),
    "return_policy_id": sentence("return policy"),
    "merchant_location_key": sentence("inventory location"),
}
LONGEST_LOCATION_KEY = 36


@dataclass(frozen=True, slots=True)
class EbaySettings:
    """Reading never fails: `faults` says what is wrong, all at once."""

    marketplace_id: str = _MARKETPLACE
    language: str = ""
    currency: str = ""
    fulfillment_policy_id: str = ""
    payment_policy_id: str = ""
    return_policy_id: str = ""
    merchant_location_key: str = ""
    category_id: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category ids by product type."""
    condition: str = ""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """eBay's conditions by the seller's own words."""
    aspect_names: Mapping[str, str] = field(default_factory=dict)
    """eBay's name of an aspect by the seller's name of an option."""
    aspects: Mapping[str, str] = field(default_factory=dict)
    """Aspects that every product of this account has."""

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """From the account's JSON; what is unknown in it is passed over."""
        given: dict[str, Any] = {
            name: _texts(settings[name]) if name in _MAPPINGS else str(settings[name])
            for name in cls.__dataclass_fields__
            if settings.get(name)
        }
        site = SITES.get(given.get("marketplace_id", _MARKETPLACE), _NO_SITE)
        return cls(**{"language": site.language, "currency": site.currency, **given})

    @property
    def brand_name(self) -> str:
        """What the aspect of the brand is called on this marketplace."""
        return SITES.get(self.marketplace_id, _NO_SITE).brand

    @property
    def listing_url(self) -> str:
        """The address of a listing, up to its number."""
        return f"https://{SITES.get(self.marketplace_id, _NO_SITE).host}/itm/"

    def category_of(self, product_type: str) -> str:
        return self.categories.get(product_type) or self.category_id

    @property
    def category_ids(self) -> list[str]:
        """All that are chosen, the default first; what is no number at all is left out."""
        chosen = [self.category_id, *self.categories.values()]
        return [each for each in dict.fromkeys(chosen) if is_category(each)]

    def faults(self) -> list[str]:
        """What is missing or wrong, as sentences; empty when the account is set up."""
        found = []
        if self.marketplace_id not in SITES:
            known = ", ".join(sorted(SITES))
            found.append(
                sentence(
                    "eBay marketplace “{marketplace}” is unknown: choose one of {known}",
                    marketplace=self.marketplace_id,
                    known=known,
                )
            )
        found += [
            sentence(
                "no {words} is chosen in the account's settings ({name})", words=words, name=name
            )
            for name, words in _REQUIRED.items()
            if not getattr(self, name)
        ]
        if len(self.merchant_location_key) > LONGEST_LOCATION_KEY:
            found.append(
                sentence(
                    "the inventory location's key has more than {limit} letters",
                    limit=LONGEST_LOCATION_KEY,
                )
            )
        return found


def is_category(number: str) -> bool:
    return number.isascii() and number.isdecimal()


_MAPPINGS = ("categories", "conditions", "aspect_names", "aspects")


def _texts(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {str(name): str(text) for name, text in items if text}
