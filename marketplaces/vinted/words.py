"""Conditions and colours in sellers' own words, English and French. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from marketplaces.vinted.account_settings import by_word

# fmt: off
CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "6": (
        "new with tags", "new with tag", "new_with_tags", "brand new", "neuf avec étiquette",
        "neuf avec étiquettes",
    ),
    "1": (
        "new without tags", "new without tag", "new_without_tags", "new", "like new", "like_new",
        "neuf", "neuve", "comme neuf", "neuf sans étiquette", "neuf sans étiquettes",
    ),
    "2": ("very good", "very_good", "excellent", "très bon état", "très bon", "excellent état"),
    "3": (
        "good", "used", "pre-owned", "preowned", "second hand", "bon état", "bon", "occasion",
        "d'occasion", "seconde main",
    ),
    "4": (
        "satisfactory", "fair", "acceptable", "satisfaisant", "état satisfaisant", "état correct",
    ),
}
"""Vinted's numbers, as its forms had them until January 2026 (`status_id`) and have them since
(`item_attributes`, code `condition`); words in lower case. New without a word on tags is without:
less is promised."""

COLORS: Mapping[str, tuple[str, ...]] = {
    "BLACK": ("black", "noir", "noire"),
    "BROWN": ("brown", "marron", "brun", "brune", "chocolate", "chocolat", "camel"),
    "GREY": ("grey", "gray", "gris", "grise", "anthracite", "charcoal"),
    "BEIGE": ("beige", "sand", "sable", "taupe"),
    "PINK": ("pink", "fuchsia"),
    "ROSE": ("rose",),
    "PURPLE": ("purple", "violet", "violette", "plum", "prune"),
    "LILAC": ("lilac", "lilas", "mauve", "lavender", "lavande"),
    "RED": ("red", "rouge"),
    "YELLOW": ("yellow", "jaune"),
    "MUSTARD": ("mustard", "moutarde"),
    "BLUE": ("blue", "bleu", "bleue", "denim"),
    "LIGHT_BLUE": ("light blue", "bleu clair", "sky blue", "bleu ciel"),
    "NAVY": ("navy", "navy blue", "marine", "bleu marine"),
    "GREEN": ("green", "vert", "verte"),
    "DARK_GREEN": ("dark green", "vert foncé", "bottle green", "vert bouteille"),
    "KHAKI": ("khaki", "kaki", "olive"),
    "MINT": ("mint", "menthe"),
    "TURQUOISE": ("turquoise", "teal"),
    "ORANGE": ("orange", "rust", "rouille"),
    "CORAL": ("coral", "corail"),
    "APRICOT": ("apricot", "abricot", "peach", "pêche"),
    "WHITE": ("white", "blanc", "blanche"),
    "CREAM": ("cream", "crème", "ecru", "écru", "ivory", "ivoire", "off white"),
    "BURGUNDY": ("burgundy", "bordeaux"),
    "SILVER": ("silver", "argent", "argenté"),
    "GOLD": ("gold", "golden", "doré", "or"),
    "MULTI": ("multi", "multicolour", "multicolor", "multicolore", "multicoloured"),
}
"""Vinted's codes of colours, and what sellers call them; the numbers are in the account's lists."""
# fmt: on

_CONDITIONS = {word: number for number, words in CONDITIONS.items() for word in words}


def condition_of(word: str) -> str:
    """Vinted's number; empty for a word that means none."""
    if word.strip() in CONDITIONS:
        return word.strip()
    return by_word(_CONDITIONS, word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def same_colour(word: str) -> tuple[str, ...]:
    """The word, then everything else that the same colour is called, Vinted's code first."""
    plain = " ".join(word.split()).casefold()
    found = next((code for code, words in COLORS.items() if plain in words), "")
    return (word, found, *COLORS[found]) if found else (word,)
