"""The sandbox's sellers: what Etsy knows of them before our software ever calls.

An Etsy app has one keystring and shared secret for all sellers; each seller has one shop.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.etsy import shops, tokens
from marketplaces.sandbox.etsy.enums import SCOPES
from marketplaces.sandbox.etsy.kinds import APPLICATION, SELLERS
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from marketplaces.sandbox.state import State

Json = dict[str, Any]


def prepare(state: State) -> None:
    """Register the app, unless the state file remembers it."""
    if state.documents.get(APPLICATION, "", "") is None:
        keys = {
            "keystring": secrets.token_hex(12),
            "shared_secret": secrets.token_hex(5),
            "callbacks": [],
        }
        state.documents.put(APPLICATION, "", "", keys)


def application(state: State) -> Json:
    """`keystring`, `shared_secret` and `callbacks`, the redirect addresses that were registered."""
    return state.documents.get(APPLICATION, "", "") or {}


def register_callbacks(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set `callbacks`: only these are permitted from now on; none = any that Etsy would take."""
    app = application(state) | {"callbacks": [str(each) for each in order["callbacks"]]}
    state.documents.put(APPLICATION, "", "", app)
    return {"callbacks": app["callbacks"]}


def create(state: State, order: Mapping[str, Any]) -> EtsySellerReport:
    """Make the seller, or find them: the same name gives the same answer again.

    `country` and `currency` are the shop's; `shipping_profile`, `readiness_state` and
    `return_policy` say (as booleans) which prerequisites it has, `scopes` what was consented to.
    """
    username = str(order.get("username", ""))
    if not username:
        raise ValueError("a seller needs a username")
    if find(state, username) is None:
        number = state.store.next_number("etsy.user", start=51_000_001)
        seller = shops.opened(state, username, number, order)
        state.documents.put(SELLERS, username, username, seller, parent=str(seller["shop_id"]))
        tokens.grant(state, username, list(order.get("scopes", SCOPES)))
    return report(state, username)


def find(state: State, username: str) -> Json | None:
    return state.documents.get(SELLERS, username, username)


def known(state: State, username: str) -> Json:
    """A seller who is sure to exist, as a call in their name got this far."""
    seller = find(state, username)
    if seller is None:
        raise LookupError(f"no seller {username}")
    return seller


def everybody(state: State) -> list[str]:
    return [username for username, _ in state.documents.everywhere(SELLERS)]


def report(state: State, username: str) -> EtsySellerReport:
    seller, app = known(state, username), application(state)
    return EtsySellerReport(
        username=username,
        client_id=app["keystring"],
        client_secret=app["shared_secret"],
        refresh_token=tokens.latest(state, username),
        user_id=seller["user_id"],
        shop_id=seller["shop_id"],
        shop_name=seller["shop_name"],
        country=seller["country"],
        currency=seller["currency"],
        shipping_profile_id=seller["shipping_profile_id"],
        readiness_state_id=seller["readiness_state_id"],
        return_policy_id=seller["return_policy_id"],
    )
