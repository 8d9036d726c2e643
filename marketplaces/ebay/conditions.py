"""eBay's conditions, and which of them a seller's own word means where the account does not say."""

from __future__ import annotations

import re
from collections.abc import Mapping

# fmt: off
CONDITIONS = frozenset({
    "NEW", "LIKE_NEW", "NEW_OTHER", "NEW_WITH_DEFECTS", "MANUFACTURER_REFURBISHED",
    "CERTIFIED_REFURBISHED", "EXCELLENT_REFURBISHED", "VERY_GOOD_REFURBISHED",
    "GOOD_REFURBISHED", "SELLER_REFURBISHED", "USED_EXCELLENT", "USED_VERY_GOOD", "USED_GOOD",
    "USED_ACCEPTABLE", "FOR_PARTS_OR_NOT_WORKING", "PRE_OWNED_EXCELLENT", "PRE_OWNED_FAIR",
})
"""ConditionEnum of the Inventory API's document, 1.18.5."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "NEW": (
        "brand new", "new with tags", "neuf", "neuve", "neuf avec étiquette",
        "neuf avec étiquettes",
    ),
    "NEW_OTHER": ("new without tags", "neuf sans étiquette", "neuf sans étiquettes"),
    "NEW_WITH_DEFECTS": ("neuf avec défauts",),
    "LIKE_NEW": ("comme neuf",),
    # 3000, which nearly every category has and calls “Used”; the words beside it say no more.
    "USED_EXCELLENT": (
        "used", "pre-owned", "preowned", "second hand", "excellent", "occasion", "d'occasion",
        "seconde main", "usagé", "excellent état",
    ),
    "USED_VERY_GOOD": ("very good", "très bon état", "très bon"),
    "USED_GOOD": ("good", "bon état", "bon"),
    "USED_ACCEPTABLE": ("acceptable", "fair", "satisfaisant", "état satisfaisant", "état correct"),
    "SELLER_REFURBISHED": ("refurbished", "reconditionné", "remis à neuf"),
    "FOR_PARTS_OR_NOT_WORKING": ("for parts", "not working", "pour pièces", "hors service"),
}
"""English and French words, in lower case; eBay's own names need none."""
# fmt: on

_MEANINGS = {word: code for code, words in WORDS.items() for word in words}


def meaning(word: str) -> str:
    """One of CONDITIONS; empty for a word that means none."""
    code = re.sub(r"[\s-]+", "_", word.strip()).upper()
    if code in CONDITIONS:
        return code
    plain = " ".join(word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    return _MEANINGS.get(plain.casefold(), "")
