"""What a seller has chosen for Vinted, read from the JSON of Account.settings.

    {"site": "www.vinted.fr", "currency": "EUR",
     "catalog_id": "221", "catalogs": {"T-shirts": "221"}, "sizes": {"M": "4", "Shoes: 40": "60"},
     "size_id": "", "brand": "", "brands": {"Maison Test": "53"}, "colors": {"Petrol": "27"},
     "color_id": "", "materials": {"Linen": "146"}, "condition": "2", "conditions": {"A": "6"},
     "package_size": "1", "package_sizes": {"Coats": "2"},
     "price_factor": "1.1", "price_ending": "0.90",
     "lists": {"colors": {"NAVY": "27", "marine": "27"}, "sizes": {"221": {"m / 38": "4"}},
               "brands": {"zara": "12"}}}

Numbers are Vinted's. `catalogs` and `package_sizes` are by product type, the other tables by the
seller's own words; a size may have its product type before it. `lists` is what Vinted itself has
told (`look_up`): it helps where the seller's tables have no line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from tasks.sentences import sentence

PACKAGE_SIZES = {
    "1": sentence("small, up to 1 kg"),
    "2": sentence("medium, up to 2 kg"),
    "3": sentence("large, up to 5 kg"),
    "5": sentence("extra large, beyond 5 kg"),
}
"""Vinted's numbers of parcels, and what they mean."""
CURRENCIES = {
    "www.vinted.co.uk": "GBP",
    "www.vinted.pl": "PLN",
    "www.vinted.cz": "CZK",
    "www.vinted.se": "SEK",
    "www.vinted.dk": "DKK",
    "www.vinted.hu": "HUF",
    "www.vinted.ro": "RON",
    "www.vinted.com": "USD",
}
"""Of the sites that do not sell in euros."""
Table = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VintedSettings:
    """Reading never fails: `faults` says what is wrong, all at once."""

    site: str = "www.vinted.fr"
    """The host."""
    currency: str = ""
    """In which the site sells; empty: what is known of the site."""
    catalog_id: str = ""
    catalogs: Table = field(default_factory=dict)
    """Vinted's categories by product type."""
    size_id: str = ""
    """Of products that have no size of their own, in categories whose items have one."""
    sizes: Table = field(default_factory=dict)
    brand: str = ""
    """Of products that have none, as Vinted shows it."""
    brands: Table = field(default_factory=dict)
    color_id: str = ""
    """Of products that have no colour of their own."""
    colors: Table = field(default_factory=dict)
    materials: Table = field(default_factory=dict)
    condition: str = "2"
    conditions: Table = field(default_factory=dict)
    package_size: str = "1"
    package_sizes: Table = field(default_factory=dict)
    price_factor: str = ""
    """A decimal number that prices are multiplied by; empty: they stay as they are."""
    price_ending: str = ""
    """What a price ends on, such as 0.90: it is brought down to the whole, then this is added."""
    lists: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """From the account's JSON; what is unknown in it is passed over."""
        given: dict[str, Any] = {
            name: _READERS.get(name, _text)(settings[name])
            for name in cls.__dataclass_fields__
            if settings.get(name) not in (None, "", [], {})
        }
        return cls(**given)

    @property
    def sells_in(self) -> str:
        """The currency, ISO 4217."""
        return self.currency or CURRENCIES.get(self.site, "EUR")

    @property
    def has_price_rule(self) -> bool:
        return bool(self.price_factor or self.price_ending)

    @property
    def chosen_categories(self) -> list[str]:
        """Each once, as far as they are numbers of Vinted's."""
        chosen = dict.fromkeys([self.catalog_id, *self.catalogs.values()])
        return [each for each in chosen if is_number(each)]

    def catalog_of(self, product_type: str) -> str:
        return self.catalogs.get(product_type) or self.catalog_id

    def package_size_of(self, product_type: str) -> str:
        return self.package_sizes.get(product_type) or self.package_size

    def told_sizes(self, catalog_id: str) -> Table | None:
        """What Vinted has told of the category's sizes; None: it was not asked."""
        sizes = self.lists.get("sizes", {}).get(catalog_id)
        return sizes if isinstance(sizes, dict) else None

    def told(self, name: str) -> Table:
        found = self.lists.get(name)
        return found if isinstance(found, dict) else {}

    def faults(self) -> list[str]:
        """What is wrong, as sentences; empty when the account is set up."""
        found = [
            sentence(
                "“{value}” in the account's settings is not a price factor or ending: write a "
                "number such as {example}",
                value=getattr(self, name),
                example=example,
            )
            for name, example in (("price_factor", "1.10"), ("price_ending", "0.90"))
            if getattr(self, name) and not _is_amount(getattr(self, name))
        ]
        sizes = dict.fromkeys([self.package_size, *self.package_sizes.values()])
        found += [
            sentence(
                "“{value}” is not one of Vinted's parcel sizes: choose one of {known}",
                value=value,
                known=", ".join(f"{number} ({words})" for number, words in PACKAGE_SIZES.items()),
            )
            for value in sizes
            if value not in PACKAGE_SIZES
        ]
        return found


def is_number(text: str) -> bool:
    """Whether it can be one of Vinted's ids."""
    return text.isascii() and text.isdecimal() and int(text) > 0


def by_word(table: Table, *words: str) -> str:
    """The first of `words` that the table has, whatever its case and spaces; "" for none."""
    plain = {_plain(name): value for name, value in table.items()}
    return next((plain[_plain(word)] for word in words if plain.get(_plain(word))), "")


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


def _is_amount(text: str) -> bool:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and 0 <= value <= 100


def _text(value: object) -> str:
    return str(value).strip()


def _site(value: object) -> str:
    return _text(value).removeprefix("https://").rstrip("/").lower()


def _texts(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {str(name): str(text).strip() for name, text in items if text}


def _object(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


_READERS: Mapping[str, Callable[[object], object]] = {
    "site": _site,
    "catalogs": _texts,
    "sizes": _texts,
    "brands": _texts,
    "colors": _texts,
    "materials": _texts,
    "conditions": _texts,
    "package_sizes": _texts,
    "lists": _object,
}
