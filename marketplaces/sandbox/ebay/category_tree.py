"""A small piece of eBay's French category tree. Most numbers are eBay's own, as are the aspects."""

from typing import Any, NamedTuple

from marketplaces.sandbox.state import State

Json = dict[str, Any]

VERSION = "142"
TREES = {
    "EBAY_US": "0",
    "EBAY_CA": "2",
    "EBAY_GB": "3",
    "EBAY_AU": "15",
    "EBAY_AT": "16",
    "EBAY_BE": "23",
    "EBAY_FR": "71",
    "EBAY_DE": "77",
    "EBAY_IT": "101",
    "EBAY_NL": "146",
    "EBAY_ES": "186",
    "EBAY_CH": "193",
    "EBAY_IE": "205",
    "EBAY_PL": "212",
}
"""The default tree of each site; in the sandbox all of them have the same categories."""

ROOT = "0"
APPAREL = "11450"
NODES: dict[str, tuple[str, str | None]] = {
    ROOT: ("Root", None),
    APPAREL: ("Vêtements, accessoires", ROOT),
    "260012": ("Hommes", "11450"),
    "1059": ("Vêtements", "260012"),
    "15687": ("T-shirts", "1059"),
    "57988": ("Manteaux, vestes", "1059"),
    "57990": ("Chemises", "1059"),
    "11484": ("Pulls, gilets", "1059"),
    "260010": ("Femmes", "11450"),
    "15724": ("Vêtements femme", "260010"),
    "63861": ("Robes", "15724"),
    "63862": ("Manteaux, vestes femme", "15724"),
    "63864": ("Jupes", "15724"),
    "53159": ("Hauts, chemisiers", "15724"),
    "4250": ("Accessoires femme", "260010"),
    "45238": ("Écharpes, foulards", "4250"),
    "45230": ("Chapeaux, casquettes", "4250"),
    "3003": ("Ceintures", "4250"),
    "45246": ("Lunettes de soleil", "4250"),
    "169291": ("Sacs à main", "260010"),
    "3034": ("Chaussures femme", "260010"),
    "53557": ("Bottes, bottines", "3034"),
    "95672": ("Baskets", "3034"),
    "11700": ("Maison", ROOT),
    "20625": ("Cuisine, arts de la table", "11700"),
    "20687": ("Mugs, tasses", "20625"),
}
"""Name and parent of each category."""


class Aspect(NamedTuple):
    name: str
    values: tuple[str, ...]
    required: bool = False
    closed: bool = False


BRAND = Aspect("Marque", ("Sans marque",), required=True)
COLOUR = Aspect("Couleur", ("Beige", "Blanc", "Bleu", "Marron", "Noir", "Rouge", "Vert"))
MATERIAL = Aspect("Matière", ("Coton", "Cuir", "Laine", "Lin", "Soie"))
SIZE = Aspect("Taille", ("XS", "S", "M", "L", "XL"), required=True)
SHOE_SIZE = Aspect("Pointure EU", ("37", "38", "39", "40", "41"), required=True)
DEPARTMENT = Aspect("Département", ("Femme", "Homme", "Adulte unisexe"), required=True, closed=True)
ACCESSORY = (BRAND, DEPARTMENT, COLOUR, MATERIAL)
ASPECTS = {
    "1059": (BRAND, SIZE, DEPARTMENT, COLOUR, MATERIAL),
    "15724": (BRAND, SIZE, DEPARTMENT, COLOUR, MATERIAL),
    "3034": (BRAND, SHOE_SIZE, DEPARTMENT, COLOUR),
    "4250": ACCESSORY,
    "169291": ACCESSORY,
}
"""By the category at or above the leaf; elsewhere nothing is asked for."""


def ancestors(number: str) -> list[str]:
    """From the parent up to the root."""
    parent = NODES[number][1]
    return [] if parent is None else [parent, *ancestors(parent)]


def is_leaf(number: str) -> bool:
    return number in NODES and all(parent != number for _, parent in NODES.values())


def takes_condition(number: str, condition: str) -> bool:
    """ConditionEnum's document: the pre-owned ones are for clothes, shoes and accessories only."""
    is_apparel = number in NODES and APPAREL in {number, *ancestors(number)}
    return is_apparel or not condition.startswith("PRE_OWNED_") or number not in NODES


def aspects_of(state: State, number: str) -> list[Aspect]:
    """What can be said in a leaf category; required only if the sandbox is set to ask for it."""
    asks = bool(state.settings.asks_for_aspects)
    above = (each for each in [number, *ancestors(number)] if each in ASPECTS)
    found = ASPECTS.get(next(above, ""), ())
    return [each._replace(required=each.required and asks) for each in found]
