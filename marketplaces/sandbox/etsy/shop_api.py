"""Reads of the seller, the shop and its prerequisites."""

from typing import Any

from marketplaces.sandbox.etsy import sellers, shops
from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.etsy.kinds import (
    LISTINGS,
    READINESS_STATES,
    RETURN_POLICIES,
    SECTIONS,
    SELLERS,
    SHIPPING_PROFILES,
)
from marketplaces.sandbox.etsy.parameters import number, path_id
from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def me(state: State, call: Call) -> Answer:
    seller = sellers.known(state, call.seller)
    return Answer(status=200, body={"user_id": seller["user_id"], "shop_id": seller["shop_id"]})


def shop(state: State, call: Call) -> Answer:
    return Answer(status=200, body=_shop(state, shops.named(state, call)))


def shop_of_user(state: State, call: Call) -> Answer:
    user_id = path_id(call, "user_id")
    for _, seller in state.documents.everywhere(SELLERS):
        if seller["user_id"] == user_id:
            return Answer(status=200, body=_shop(state, seller))
    raise refusal(404, f"User {user_id} not found")


def shipping_profiles(state: State, call: Call) -> Answer:
    return _all_of(state, SHIPPING_PROFILES, shops.owned(state, call))


def shipping_profile(state: State, call: Call) -> Answer:
    return _one(state, call, SHIPPING_PROFILES, "shipping_profile_id")


def readiness_states(state: State, call: Call) -> Answer:
    seller = shops.owned(state, call)
    limit = number(call, "limit", default=25, least=1, most=100)
    offset = number(call, "offset", default=0, least=0)
    found = state.documents.all_of(READINESS_STATES, seller["username"])
    body = {"count": len(found), "results": found[offset : offset + limit]}
    return Answer(status=200, body=body)


def readiness_state(state: State, call: Call) -> Answer:
    return _one(state, call, READINESS_STATES, "readiness_state_definition_id")


def return_policies(state: State, call: Call) -> Answer:
    return _all_of(state, RETURN_POLICIES, shops.named(state, call))


def return_policy(state: State, call: Call) -> Answer:
    seller = shops.named(state, call)
    return _found(state, call, RETURN_POLICIES, seller, "return_policy_id")


def sections(state: State, call: Call) -> Answer:
    return _all_of(state, SECTIONS, shops.named(state, call))


def _all_of(state: State, kind: str, seller: Json) -> Answer:
    found = state.documents.all_of(kind, seller["username"])
    return Answer(status=200, body={"count": len(found), "results": found})


def _one(state: State, call: Call, kind: str, parameter: str) -> Answer:
    return _found(state, call, kind, shops.owned(state, call), parameter)


def _found(state: State, call: Call, kind: str, seller: Json, parameter: str) -> Answer:
    found = state.documents.get(kind, seller["username"], str(path_id(call, parameter)))
    if found is None:
        raise refusal(404)
    return Answer(status=200, body=found)


def _shop(state: State, seller: Json) -> Json:
    listings = state.documents.all_of(LISTINGS, seller["username"])
    return {
        "shop_id": seller["shop_id"],
        "user_id": seller["user_id"],
        "shop_name": seller["shop_name"],
        "create_date": seller["created"],
        "created_timestamp": seller["created"],
        "title": None,
        "currency_code": seller["currency"],
        "is_vacation": False,
        "update_date": seller["created"],
        "updated_timestamp": seller["created"],
        "listing_active_count": sum(each["state"] == "active" for each in listings),
        "login_name": seller["username"],
        "accepts_custom_requests": False,
        "url": f"https://www.etsy.com/shop/{seller['shop_name']}",
        "languages": ["fr" if seller["country"] == "FR" else "en-US"],
        "is_shop_us_based": seller["country"] == "US",
        "shipping_from_country_iso": seller["country"],
        "shop_location_country_iso": seller["country"],
    }
