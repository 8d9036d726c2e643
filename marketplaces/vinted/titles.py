"""A title as it stands at Vinted: the seller's own, and our key in brackets behind it. Pure.

Vinted has no field for a key of ours, and shows no description in its lists (docs/adr/0031).
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 100
_MARK = re.compile(r"\[([^\[\]]+)\]\s*$")
_OWN_KEY = re.compile(r"[a-z0-9]+zp[0-9]+")
_SHOUTED_LETTERS = 8
_SHOUTED_SHARE = 0.75
_LONGEST_CODE = 3
"""Letters of a word that stays in capitals: XXL, NYC."""
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "au",
        "aux",
        "by",
        "de",
        "du",
        "des",
        "en",
        "et",
        "for",
        "in",
        "la",
        "le",
        "les",
        "my",
        "new",
        "of",
        "on",
        "or",
        "par",
        "sur",
        "the",
        "un",
        "une",
        "with",
    ]
)
"""Short words that are no codes."""
_WORD = re.compile(r"[^\W\d_]+")


def marked(title: str, key: str) -> str:
    return f"{title} [{key}]".strip()


def room(key: str) -> int:
    """Characters that the seller's own title may have."""
    return LONGEST - len(marked("", key)) - 1


def key_in(title: str) -> str:
    """What stands in brackets at the end: our key in lower case, or whatever a seller put there."""
    found = _MARK.search(title)
    if found is None:
        return ""
    text = found[1].strip()
    return text.lower() if _OWN_KEY.fullmatch(text.lower()) else text


def is_ours(title: str, key: str) -> bool:
    return key_in(title).casefold() == key.casefold()


def calm(title: str) -> str:
    """The title, with its words in small letters if it is shouted, which Vinted refuses."""
    text = unicodedata.normalize("NFC", " ".join(title.split()))
    return _WORD.sub(_spoken, text) if _is_shouted(text) else text


def _is_shouted(text: str) -> bool:
    letters = [each for each in text if each.isalpha()]
    capitals = [each for each in letters if each.isupper()]
    return len(letters) >= _SHOUTED_LETTERS and len(capitals) >= len(letters) * _SHOUTED_SHARE


def _spoken(word: re.Match[str]) -> str:
    text = word[0]
    if text.casefold() in _SMALL:
        return text.capitalize() if word.start() == 0 else text.lower()
    return text if len(text) <= _LONGEST_CODE else text.capitalize()
