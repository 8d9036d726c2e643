"""What sellers call an option: size, colour or material, in their own languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# fmt: off
WORDS: Mapping[str, frozenset[str]] = {
    "size": frozenset({
        "size", "taille", "pointure", "größe", "grösse", "groesse", "schuhgröße", "talla", "taglia",
        "maat", "rozmiar", "shoe size",
    }),
    "colour": frozenset({
        "colour", "color", "couleur", "coloris", "farbe", "colore", "kleur", "kolor",
    }),
    "material": frozenset({
        "material", "matière", "matiere", "materiale", "materiaal", "materiał",
    }),
}
# fmt: on
"""Sellers' own words for an option, in lower case."""


def concept_of(option: str) -> str:
    """`size`, `colour` or `material`; empty for any other option."""
    word = option.strip().casefold()
    return next((concept for concept, words in WORDS.items() if word in words), "")
