"""What Etsy takes in titles, tags, materials and styles: by its document, but for the lengths of
titles and tags, which its seller help tells. Pure.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST_TITLE = 140
LONGEST_TAG = 20
MOST_TAGS = 13
LONGEST_MATERIAL = 45
MOST_MATERIALS = 13
LONGEST_STYLE = 45
MOST_STYLES = 2
ONCE = "%:&+"
"""Characters that a title may have once each."""
_SIGNS = frozenset("™©®")


def strange_in_title(title: str) -> list[str]:
    """Characters that Etsy refuses, each once.

    It takes letters, decimal digits, punctuation, mathematical signs, spaces and ™©®.
    """
    return _strange(title, ("P", "Sm"), _SIGNS)


def repeated_in_title(title: str) -> list[str]:
    """Characters that occur more than once though a title may have them once."""
    counts = Counter(title)
    return [character for character in ONCE if counts[character] > 1]


def fit_tags(tags: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those that Etsy takes, in their order, and those that are left out.

    A tag only helps buyers find the listing, so one that Etsy would refuse the whole listing for
    is left out rather than holding it up.
    """
    signs = _SIGNS | frozenset("-'")
    return _fit(tags, longest=LONGEST_TAG, most=MOST_TAGS, signs=signs)


def fit_materials(materials: Iterable[str]) -> tuple[list[str], list[str]]:
    return _fit(materials, longest=LONGEST_MATERIAL, most=MOST_MATERIALS)


def fit_styles(styles: Iterable[str]) -> tuple[list[str], list[str]]:
    return _fit(styles, longest=LONGEST_STYLE, most=MOST_STYLES)


def composed(text: str) -> str:
    """The same text in Unicode's composed form: Etsy takes é, but not e with an accent added."""
    return unicodedata.normalize("NFC", text)


def _fit(
    words: Iterable[str], *, longest: int, most: int, signs: frozenset[str] = frozenset()
) -> tuple[list[str], list[str]]:
    taken: dict[str, str] = {}
    left: list[str] = []
    for word in words:
        text = " ".join(composed(word).split())
        if not text or text.casefold() in taken:
            continue
        if len(text) > longest or _strange(text, (), signs) or len(taken) == most:
            left.append(text)
        else:
            taken[text.casefold()] = text
    return list(taken.values()), left


def _strange(text: str, categories: tuple[str, ...], signs: frozenset[str]) -> list[str]:
    allowed = ("L", "Zs", *categories)
    strange = (
        each
        for each in text
        if each not in signs
        and not each.isdecimal()
        and not unicodedata.category(each).startswith(allowed)
    )
    return list(dict.fromkeys(strange))
