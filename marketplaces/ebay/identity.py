"""Whose sign-in it is (Identity API v1); works with a token alone, before there is an account."""

from __future__ import annotations

from dataclasses import dataclass

from marketplaces.ebay import answers
from marketplaces.ebay.calls import Calls
from tasks.sentences import sentence


@dataclass(frozen=True, slots=True)
class User:
    """A seller as eBay knows them."""

    user_id: str
    """Never changes."""
    username: str
    """The seller can change it; for some sellers in the U.S. it is the user id."""
    marketplace_id: str
    """Where they registered, e.g. EBAY_FR."""


def user(calls: Calls, identity_url: str) -> User:
    """The seller in whose name `calls` are made. `identity_url` has no slash at the end."""
    response = calls.get(f"{identity_url}/user/", sentence("tell whose account it is"))
    document = response.json_object()
    user_id = answers.required_text(response, "userId")
    return User(
        user_id=user_id,
        username=str(document.get("username") or user_id),
        marketplace_id=str(document.get("registrationMarketplaceId") or ""),
    )
