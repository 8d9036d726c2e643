"""What a seller has chosen for Etsy, read from the JSON of Account.settings.

    {"shop_id": "12345678", "currency": "EUR", "shipping_profile_id": "…", "readiness_state_id": "…",
     "return_policy_id": "…", "taxonomy_id": "482", "taxonomies": {"T-shirts": "482"},
     "who_made": "i_did", "when_made": "2020_2026", "eras": {"Vintage": "1990s"}, "is_supply": false,
     "section_id": "…", "sections": {"T-shirts": "…"}, "tags": ["linen"], "materials": ["Linen"],
     "styles": ["Boho"], "auto_renew": true}

Mappings are by product type. `when_made` may be a year, too. Shop and currency are read from Etsy
when the account is connected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tasks.sentences import sentence

WHO_MADE = {
    "i_did": sentence("the seller"),
    "someone_else": sentence("another company or person"),
    "collective": sentence("a member of the seller's shop"),
}
"""Etsy's values, and what they mean."""
_REQUIRED = {
    "shop_id": sentence("shop"),
    "currency": sentence("currency of the shop"),
    "shipping_profile_id": sentence("shipping profile"),
    "readiness_state_id": sentence("processing profile"),
}
_NUMBERS = {
    "shop_id": sentence("shop"),
    "shipping_profile_id": sentence("shipping profile"),
    "readiness_state_id": sentence("processing profile"),
    "return_policy_id": sentence("return policy"),
}


@dataclass(frozen=True, slots=True)
class EtsySettings:
    """Reading never fails: `faults` says what is wrong, all at once."""

    shop_id: str = ""
    currency: str = ""
    """The shop's own, in which Etsy reads every price."""
    shipping_profile_id: str = ""
    readiness_state_id: str = ""
    """The processing profile: how soon the seller sends."""
    return_policy_id: str = ""
    """Etsy asks for none from shops in the EU."""
    taxonomy_id: str = ""
    taxonomies: Mapping[str, str] = field(default_factory=dict)
    """Etsy's categories by product type."""
    who_made: str = "i_did"
    when_made: str = "made_to_order"
    eras: Mapping[str, str] = field(default_factory=dict)
    """When it was made, by product type."""
    is_supply: bool = False
    section_id: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    """Sections of the shop by product type."""
    tags: tuple[str, ...] = ()
    """Tags that every product of this account has, behind its own."""
    materials: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    auto_renew: bool = True
    """Whether Etsy renews the listing after four months, for its fee."""

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """From the account's JSON; what is unknown in it is passed over."""
        given: dict[str, Any] = {
            name: _READERS.get(name, _text)(settings[name])
            for name in cls.__dataclass_fields__
            if settings.get(name) not in (None, "", [], {})
        }
        return cls(**given)

    def taxonomy_of(self, product_type: str) -> str:
        return self.taxonomies.get(product_type) or self.taxonomy_id

    def era_of(self, product_type: str) -> str:
        return self.eras.get(product_type) or self.when_made

    def section_of(self, product_type: str) -> str:
        return self.sections.get(product_type) or self.section_id

    def faults(self) -> list[str]:
        """What is missing or wrong, as sentences; empty when the account is set up."""
        found = [
            sentence(
                "no {words} is chosen in the account's settings ({name})", words=words, name=name
            )
            for name, words in _REQUIRED.items()
            if not getattr(self, name)
        ]
        found += [
            sentence("“{value}” is not the number of a {words}", value=value, words=words)
            for name, words in _NUMBERS.items()
            if (value := getattr(self, name)) and not is_number(value)
        ]
        if self.who_made not in WHO_MADE:
            found.append(
                sentence(
                    "who made the products is “{value}” in the account's settings: choose of "
                    "{known}",
                    value=self.who_made,
                    known=", ".join(WHO_MADE),
                )
            )
        return found


def is_number(text: str) -> bool:
    """Whether it can be one of Etsy's ids."""
    return text.isascii() and text.isdecimal() and int(text) > 0


def _text(value: object) -> str:
    return str(value).strip()


def _texts(value: object) -> dict[str, str]:
    items = value.items() if isinstance(value, dict) else ()
    return {str(name): str(text).strip() for name, text in items if text}


def _list(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else str(value).split(",")
    return tuple(text for each in listed if (text := str(each).strip()))


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "yes", "1"}


_READERS: Mapping[str, Callable[[object], object]] = {
    "taxonomies": _texts,
    "eras": _texts,
    "sections": _texts,
    "tags": _list,
    "materials": _list,
    "styles": _list,
    "is_supply": _flag,
    "auto_renew": _flag,
}
