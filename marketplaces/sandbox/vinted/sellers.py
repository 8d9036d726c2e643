"""The sandbox's members of Vinted, each with a password and a wardrobe."""

import secrets
from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted.kinds import SELLERS
from marketplaces.sandbox.vinted.reports import VintedSellerReport

Json = dict[str, Any]


def create(state: State, order: Mapping[str, Any]) -> VintedSellerReport:
    """`{username, password}`: make them, or find them; a password that is given is theirs then."""
    username = str(order.get("username", ""))
    if not username:
        raise ValueError("a seller needs a username")
    seller = find(state, username) or {
        "username": username,
        "password": secrets.token_urlsafe(12),
        "user_id": state.store.next_number("vinted.user", start=61_000_001),
    }
    seller["password"] = str(order.get("password") or seller["password"])
    state.documents.put(SELLERS, username, username, seller, parent=str(seller["user_id"]))
    return VintedSellerReport(
        username=username, password=seller["password"], user_id=str(seller["user_id"])
    )


def find(state: State, username: str) -> Json | None:
    return state.documents.get(SELLERS, username, username)


def known(state: State, username: str) -> Json:
    """A seller who is sure to exist, as a call in their name got this far."""
    seller = find(state, username)
    if seller is None:
        raise LookupError(f"no seller {username}")
    return seller


def named(state: State, order: Mapping[str, Any]) -> Json:
    """The seller that an order to the control port is about."""
    seller = find(state, str(order.get("username", "")))
    if seller is None:
        raise ValueError("no seller by that name")
    return seller


def of_user_id(state: State, user_id: str) -> Json | None:
    found = state.documents.everywhere(SELLERS, parent=user_id)
    return found[0][1] if found else None
