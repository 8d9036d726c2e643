"""A seller's shop and what has to be in it before anything can be sold."""

from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.etsy.enums import EU_COUNTRIES
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import (
    READINESS_STATES,
    RETURN_POLICIES,
    SECTIONS,
    SELLERS,
    SHIPPING_PROFILES,
)
from marketplaces.sandbox.etsy.money import money
from marketplaces.sandbox.etsy.parameters import path_id
from marketplaces.sandbox.messages import Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def opened(state: State, username: str, user_id: int, order: Mapping[str, Any]) -> Json:
    """A new seller's record, their shop furnished as the order says (see sellers.create)."""
    seller: Json = {
        "username": username,
        "user_id": user_id,
        "shop_id": state.store.next_number("etsy.shop", start=31_000_001),
        "shop_name": "".join(filter(str.isalnum, username)).capitalize()[:20] + "Shop",
        "country": str(order.get("country", "FR")),
        "currency": str(order.get("currency", "EUR")),
        "created": int(state.now()),
        "shipping_profile_id": None,
        "readiness_state_id": None,
        "return_policy_id": None,
    }
    if order.get("shipping_profile", True):
        complete = bool(order.get("shipping_destinations", True))
        seller["shipping_profile_id"] = _shipping_profile(state, seller, complete=complete)
    if order.get("readiness_state", True):
        seller["readiness_state_id"] = _readiness_state(state, seller)
    if order.get("return_policy", True):
        seller["return_policy_id"] = _return_policy(state, seller)
    for title in order.get("sections", ()):
        _section(state, seller, str(title))
    return seller


def owned(state: State, call: Call) -> Json:
    """The seller whose shop the path names, who has to be the caller."""
    seller = named(state, call)
    if seller["username"] != call.seller:
        raise refusal(403, f"User does not own Shop {seller['shop_id']}")
    return seller


def named(state: State, call: Call) -> Json:
    """The seller whose shop the path names."""
    shop_id = path_id(call, "shop_id")
    for _, seller in state.documents.everywhere(SELLERS, parent=str(shop_id)):
        return seller
    raise refusal(404, f"Shop {shop_id} not found")


def has(state: State, seller: str, kind: str, number: int | None) -> bool:
    return number is not None and state.documents.get(kind, seller, str(number)) is not None


def has_shipping_profile(state: State, seller: str, number: int) -> bool:
    return has(state, seller, SHIPPING_PROFILES, number)


def ships(state: State, seller: str, shipping_profile_id: int | None) -> bool:
    """Whether the profile is there and complete: it takes a destination to sell to."""
    if shipping_profile_id is None:
        return False
    profile = state.documents.get(SHIPPING_PROFILES, seller, str(shipping_profile_id))
    return profile is not None and bool(profile["shipping_profile_destinations"])


def needs_return_policy(seller: Json) -> bool:
    """The document: required for active physical listings, but not of shops in the EU."""
    return seller["country"] not in EU_COUNTRIES


def _shipping_profile(state: State, seller: Json, *, complete: bool) -> int:
    number = state.store.next_number("etsy.shipping_profile", start=210_000_000_001)
    destination = {
        "shipping_profile_destination_id": number + 500_000_000,
        "shipping_profile_id": number,
        "origin_country_iso": seller["country"],
        "destination_country_iso": seller["country"],
        "destination_region": "none",
        "primary_cost": money(490, seller["currency"]),
        "secondary_cost": money(100, seller["currency"]),
        "shipping_carrier_id": None,
        "mail_class": None,
        "min_delivery_days": 2,
        "max_delivery_days": 5,
    }
    profile = {
        "shipping_profile_id": number,
        "title": "Standard shipping",
        "user_id": seller["user_id"],
        "origin_country_iso": seller["country"],
        "is_deleted": False,
        "shipping_profile_destinations": [destination] if complete else [],
        "shipping_profile_upgrades": [],
        "origin_postal_code": "69001",
        "profile_type": "manual",
        "domestic_handling_fee": 0.0,
        "international_handling_fee": 0.0,
    }
    state.documents.put(SHIPPING_PROFILES, seller["username"], str(number), profile)
    return number


def _readiness_state(state: State, seller: Json) -> int:
    number = state.store.next_number("etsy.readiness_state", start=1_300_000_000_001)
    profile = {
        "shop_id": seller["shop_id"],
        "readiness_state_id": number,
        "readiness_state": "ready_to_ship",
        "min_processing_days": 1,
        "max_processing_days": 2,
        "processing_days_display_label": "1 - 2 days",
    }
    state.documents.put(READINESS_STATES, seller["username"], str(number), profile)
    return number


def _return_policy(state: State, seller: Json) -> int:
    number = state.store.next_number("etsy.return_policy", start=1_100_000_000_001)
    policy = {
        "return_policy_id": number,
        "shop_id": seller["shop_id"],
        "accepts_returns": True,
        "accepts_exchanges": True,
        "return_deadline": 30,
    }
    state.documents.put(RETURN_POLICIES, seller["username"], str(number), policy)
    return number


def _section(state: State, seller: Json, title: str) -> None:
    number = state.store.next_number("etsy.section", start=47_000_001)
    section = {
        "shop_section_id": number,
        "title": title,
        "rank": 1 + len(state.documents.all_of(SECTIONS, seller["username"])),
        "user_id": seller["user_id"],
        "active_listing_count": 0,
    }
    state.documents.put(SECTIONS, seller["username"], str(number), section)
