"""The sandbox's sellers: what eBay knows of them before our software ever calls.

An eBay application has one client id and secret for all sellers; each seller's consent is a
refresh token of their own.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from marketplaces.sandbox.ebay import locations
from marketplaces.sandbox.ebay.kinds import APPLICATION, SELLERS
from marketplaces.sandbox.ebay.scopes import SCOPES
from marketplaces.sandbox.reports import SellerReport
from marketplaces.sandbox.state import State

Json = dict[str, Any]

MARKETPLACE = "EBAY_FR"
LOCATION_KEY = "main-warehouse"
POLICIES = ("fulfillment", "payment", "return")


def prepare(state: State) -> None:
    """Register the application, unless the state file remembers it."""
    if state.documents.get(APPLICATION, "", "") is None:
        keys: Json = {
            "redirects": {},
            "client_id": f"StoFlow-Sandbox-SBX-{secrets.token_hex(6)}",
            "client_secret": f"SBX-{secrets.token_hex(16)}",
        }
        state.documents.put(APPLICATION, "", "", keys)


def application(state: State) -> tuple[str, str]:
    """Client id and secret."""
    keys = state.documents.get(APPLICATION, "", "") or {}
    return keys["client_id"], keys["client_secret"]


def redirects(state: State) -> Mapping[str, str]:
    """Addresses by RuName, as the application's owner has registered them."""
    application = state.documents.get(APPLICATION, "", "") or {}
    registered: Mapping[str, str] = application.get("redirects", {})
    return registered


def register_redirects(state: State, order: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set `redirects`: {RuName: address}; eBay knows no other."""
    given = {str(name): str(address) for name, address in order["redirects"].items()}
    keys = (state.documents.get(APPLICATION, "", "") or {}) | {"redirects": given}
    state.documents.put(APPLICATION, "", "", keys)
    return {"redirects": given}


def create(state: State, order: Mapping[str, Any]) -> SellerReport:
    """Make the seller, or find them: the same name gives the same answer again."""
    username = str(order.get("username", ""))
    if not username:
        raise ValueError("a seller needs a username")
    seller = state.documents.get(SELLERS, username, username)
    if seller is None:
        seller = _new(state, username, with_policies=bool(order.get("policies", True)))
        if order.get("location", True):
            seller["merchant_location_key"] = LOCATION_KEY
            locations.open_warehouse(state, username, LOCATION_KEY)
        _save(state, seller)
    return _report(state, seller)


def revoke(state: State, username: str) -> bool:
    return _change(state, username, revoked=True) is not None


def consent(state: State, username: str) -> SellerReport | None:
    seller = _change(state, username, revoked=False, refresh_token=_refresh_token())
    return None if seller is None else _report(state, seller)


def grant(state: State, username: str, scopes: list[str]) -> str:
    """The seller has agreed on the consent page: a new refresh token, which it returns."""
    token = _refresh_token()
    _change(state, username, revoked=False, refresh_token=token, scopes=scopes)
    return token


def scopes(state: State, username: str) -> list[str]:
    seller = state.documents.get(SELLERS, username, username) or {}
    granted: list[str] = seller.get("scopes", list(SCOPES))
    return granted


def everybody(state: State) -> list[str]:
    return [username for username, _ in state.documents.everywhere(SELLERS)]


def user(state: State, username: str) -> Json:
    """As getUser of the Identity API shows a private seller, without names or addresses."""
    seller = state.documents.get(SELLERS, username, username) or {}
    return {
        "userId": seller.get("user_id", username),
        "username": username,
        "status": "CONFIRMED",
        "accountType": "INDIVIDUAL",
        "registrationMarketplaceId": MARKETPLACE,
    }


def exists(state: State, username: str) -> bool:
    return state.documents.get(SELLERS, username, username) is not None


def by_refresh_token(state: State, token: str) -> str | None:
    for username, seller in state.documents.everywhere(SELLERS, parent=token):
        return None if seller["revoked"] else username
    return None


def policy_id(state: State, username: str, kind: str) -> str | None:
    """The seller's policy of a kind of POLICIES on their marketplace; None = they have none."""
    seller = state.documents.get(SELLERS, username, username) or {}
    value: str | None = seller["policies"][kind]
    return value


def _new(state: State, username: str, *, with_policies: bool) -> Json:
    policies: dict[str, str | None] = dict.fromkeys(POLICIES)
    if with_policies:
        for kind in POLICIES:
            number = state.store.next_number("ebay.policy", start=6_000_000_001)
            policies[kind] = str(number)
    return {
        "username": username,
        "user_id": f"sandbox{state.store.next_number('ebay.user', start=1_000_001)}",
        "refresh_token": _refresh_token(),
        "scopes": list(SCOPES),
        "revoked": False,
        "policies": policies,
        "merchant_location_key": None,
    }


def _refresh_token() -> str:
    return f"v^1.1#i^1#refresh#sandbox#{secrets.token_urlsafe(32)}"


def _change(state: State, username: str, **values: Any) -> Json | None:
    seller = state.documents.get(SELLERS, username, username)
    if seller is not None:
        seller |= values
        _save(state, seller)
    return seller


def _save(state: State, seller: Json) -> None:
    name = seller["username"]
    state.documents.put(SELLERS, name, name, seller, parent=seller["refresh_token"])


def _report(state: State, seller: Json) -> SellerReport:
    client_id, client_secret = application(state)
    return SellerReport(
        username=seller["username"],
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=seller["refresh_token"],
        marketplace_id=MARKETPLACE,
        fulfillment_policy_id=seller["policies"]["fulfillment"],
        payment_policy_id=seller["policies"]["payment"],
        return_policy_id=seller["policies"]["return"],
        merchant_location_key=seller["merchant_location_key"],
    )
