"""From a product and the account's settings to what Etsy is sent. Pure, and total: a product that
is not fit for Etsy is mapped too; `validation` says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplaces.etsy import wording_rules
from marketplaces.etsy.account_settings import EtsySettings, is_number
from marketplaces.etsy.eras import era_of
from marketplaces.plain_text import plain_text
from marketplaces.product_facts import ProductFacts

Json = dict[str, Any]

MOST_PIECES = 999
"""Etsy answers "quantity cannot be greater than 999" (etsy/open-api#214)."""


def mapped(facts: ProductFacts, settings: EtsySettings, sku: str, *, year: int) -> Json:
    """Everything about the listing, in the parts in which Etsy is sent it.

    `texts` goes into the draft and can be changed later, `fixed` into the draft only, `stock` into
    the inventory. Photos are told by checksum and alternative text. `year` is the present one.
    """
    return {
        "sku": sku,
        "texts": _texts(facts, settings, year),
        "fixed": {"type": "physical", "styles": wording_rules.fit_styles(settings.styles)[0]},
        "stock": {
            "price": "" if facts.price is None else f"{facts.price:.2f}",
            "quantity": min(facts.stock or 0, MOST_PIECES),
            "readiness_state_id": _number(settings.readiness_state_id),
        },
        "photos": [[picture.checksum, picture.alt_text] for picture in facts.pictures],
    }


def with_quantity(mapped: Mapping[str, Any], pieces: int) -> Json:
    """The same, with another number of pieces."""
    return {**mapped, "stock": {**mapped["stock"], "quantity": pieces}}


def draft_form(mapped: Json, mark: str) -> Json:
    """The form that makes the draft; `mark` stands below its description until it goes live."""
    form = {**mapped["texts"], **mapped["fixed"], **mapped["stock"]}
    return form | {"description": f"{form['description']}\n\n{mark}"}


def title_of(facts: ProductFacts) -> str:
    """The seller's own words: Etsy's rules for titles are faults to be told, never mended."""
    return wording_rules.composed(facts.title)


def description_of(facts: ProductFacts) -> str:
    """Plain text, as Etsy takes it; the title where the seller wrote nothing.

    Brand and options stand below, because a listing of Etsy's has no field of its own for them.
    """
    told = {"Brand": facts.brand} if facts.brand else {}
    lines = [f"{name}: {value}" for name, value in {**told, **facts.options}.items() if value]
    text = plain_text(facts.description) or title_of(facts)
    return wording_rules.composed("\n\n".join([text, *(["\n".join(lines)] if lines else [])]))


def tags_of(facts: ProductFacts, settings: EtsySettings) -> tuple[list[str], list[str]]:
    """Tags that are sent, and tags that are left out."""
    return wording_rules.fit_tags((*facts.tags, *settings.tags))


def era(facts: ProductFacts, settings: EtsySettings, year: int) -> str:
    """When it was made, in Etsy's words; empty when the account's words mean nothing to Etsy."""
    return era_of(settings.era_of(facts.product_type), year)


def _texts(facts: ProductFacts, settings: EtsySettings, year: int) -> Json:
    texts: Json = {
        "title": title_of(facts),
        "description": description_of(facts),
        "taxonomy_id": _number(settings.taxonomy_of(facts.product_type)),
        "who_made": settings.who_made,
        "when_made": era(facts, settings, year),
        # Etsy reads who_made and when_made only together with it (etsy/open-api#511).
        "is_supply": settings.is_supply,
        "shipping_profile_id": _number(settings.shipping_profile_id),
        "should_auto_renew": settings.auto_renew,
        "tags": tags_of(facts, settings)[0],
        "materials": wording_rules.fit_materials(settings.materials)[0],
    }
    if policy := _number(settings.return_policy_id):
        texts["return_policy_id"] = policy
    if section := _number(settings.section_of(facts.product_type)):
        texts["shop_section_id"] = section
    return texts


def _number(text: str) -> int:
    """0 for what is no id of Etsy's; `validation` tells of it."""
    return int(text) if is_number(text) else 0
