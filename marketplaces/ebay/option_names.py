"""What a seller's options are called on eBay's sites, where the account's settings do not say.

Names of item specifics differ by site and, for shoes, by category: the first of several is taken
unless the category is known to have another one of them. Each can be overridden by the account's
`aspect_names`.
"""

from __future__ import annotations

from collections.abc import Mapping

from marketplaces.ebay.category_rules import CategoryRules
from marketplaces.option_words import concept_of

# fmt: off
_FRENCH = {"size": ("Taille", "Pointure EU"), "colour": ("Couleur",), "material": ("Matière",)}
_GERMAN = {"size": ("Größe", "EU-Schuhgröße"), "colour": ("Farbe",), "material": ("Material",)}
_BRITISH = {"size": ("Size", "UK Shoe Size"), "colour": ("Colour",), "material": ("Material",)}
_AMERICAN = {"size": ("Size", "US Shoe Size"), "colour": ("Color",), "material": ("Material",)}

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "EBAY_AT": _GERMAN,
    "EBAY_AU": _BRITISH | {"size": ("Size", "AU Shoe Size")},
    "EBAY_BE": _FRENCH,
    "EBAY_CA": _AMERICAN,
    "EBAY_CH": _GERMAN,
    "EBAY_DE": _GERMAN,
    "EBAY_ES": {"size": ("Talla", "Número de zapato EU"), "colour": ("Color",), "material": ("Material",)},
    "EBAY_FR": _FRENCH,
    "EBAY_GB": _BRITISH,
    "EBAY_IE": _BRITISH,
    "EBAY_IT": {"size": ("Taglia", "Numero di scarpa EU"), "colour": ("Colore",), "material": ("Materiale",)},
    "EBAY_NL": {"size": ("Maat", "Schoenmaat EU"), "colour": ("Kleur",), "material": ("Materiaal",)},
    "EBAY_PL": {"size": ("Rozmiar", "Rozmiar EU"), "colour": ("Kolor",), "material": ("Materiał",)},
    "EBAY_US": _AMERICAN,
}
"""eBay's names of the same, by site."""
# fmt: on


def name_of(option: str, site: str, rules: CategoryRules | None = None) -> str:
    """eBay's name of a seller's option; the seller's own where no table has it."""
    names = NAMES.get(site, {}).get(concept_of(option), ())
    if not names:
        return option
    there = (name for name in names if rules and rules.aspect(name))
    return next(there, names[0])
