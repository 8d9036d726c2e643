"""What eBay asks of products in one category: its aspects, which sellers know as item specifics.

Pure. Read from getItemAspectsForCategory (Taxonomy API v1.1.1); conditions are not in that answer,
so a condition that a category does not take is told by eBay's own refusal (25021).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from tasks.sentences import sentence

MOST_EXAMPLES = 12
"""Values that are kept of an aspect that takes others too; a brand has thousands."""
_CLOSED = "SELECTION_ONLY"


@dataclass(frozen=True, slots=True)
class Aspect:
    name: str
    """In the language of the site."""
    is_required: bool = False
    is_closed: bool = False
    """Whether only `values` are taken."""
    values: tuple[str, ...] = ()
    """All of a closed list, in eBay's order; else examples."""
    longest: int = 0
    """Most characters of a value; 0 where eBay does not say."""

    def accepted(self, value: str) -> str:
        """`value` as eBay spells it; empty when it is not on a closed list."""
        if not self.is_closed or value in self.values:
            return value
        folded = value.casefold()
        return next((each for each in self.values if each.casefold() == folded), "")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """From an Aspect of eBay's document; what is missing in it asks for nothing."""
        told = document.get("aspectConstraint") or {}
        is_closed = told.get("aspectMode") == _CLOSED
        values = tuple(
            str(each["localizedValue"])
            for each in document.get("aspectValues") or []
            if isinstance(each, dict) and each.get("localizedValue")
        )
        return cls(
            name=str(document.get("localizedAspectName") or ""),
            is_required=told.get("aspectRequired") is True,
            # A closed list without values would refuse everything: eBay could not mean that.
            is_closed=is_closed and bool(values),
            values=values if is_closed else values[:MOST_EXAMPLES],
            longest=told.get("aspectMaxLength") or 0,
        )


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """`is_leaf` is false for a number in which nothing can be listed."""

    category_id: str
    is_leaf: bool = True
    aspects: tuple[Aspect, ...] = ()

    @property
    def required(self) -> tuple[Aspect, ...]:
        return tuple(each for each in self.aspects if each.is_required)

    def aspect(self, name: str) -> Aspect | None:
        """By its name as eBay spells it, upper and lower case alike."""
        folded = name.casefold()
        return next((each for each in self.aspects if each.name.casefold() == folded), None)

    def as_json(self) -> dict[str, Any]:
        return {"is_leaf": self.is_leaf, "aspects": [asdict(each) for each in self.aspects]}

    @classmethod
    def from_json(cls, category_id: str, stored: Mapping[str, Any]) -> Self:
        """What `as_json` has written."""
        aspects = (
            Aspect(**{**each, "values": tuple(each["values"])}) for each in stored["aspects"]
        )
        return cls(category_id, stored["is_leaf"], tuple(aspects))


def not_a_category(number: str, marketplace_id: str) -> str:
    return sentence(
        "nothing can be listed in category {category} of {marketplace}: choose one without "
        "further categories below it",
        category=number,
        marketplace=marketplace_id,
    )
