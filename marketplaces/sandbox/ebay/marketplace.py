"""eBay, as the sandbox's common parts know it."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from marketplaces.sandbox.ebay import buyers, errors, oauth, sellers
from marketplaces.sandbox.ebay.kinds import OFFERS
from marketplaces.sandbox.ebay.routes import ROUTES
from marketplaces.sandbox.ebay.shelf import shelf
from marketplaces.sandbox.marketplace import Command, Shelf
from marketplaces.sandbox.messages import Answer, Call, Route
from marketplaces.sandbox.reports import SellerReport
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State


class EbayMarketplace:
    routes: Sequence[Route] = ROUTES
    settings: type[Settings] = Settings
    commands: Mapping[str, Command] = MappingProxyType(
        buyers.COMMANDS | {"redirects": sellers.register_redirects}
    )

    def prepare(self, state: State) -> None:
        sellers.prepare(state)

    def error(self, status: int) -> Answer:
        return errors.bare(status)

    def subject_of(self, state: State, call: Call) -> str:
        """The SKU, from wherever the call has it; a publish tells it by its offer only.

        Of a read of the whole shop it is the seller.
        """
        if "offerId" in call.params:
            offers = state.documents.everywhere(OFFERS, key=call.params["offerId"])
            return next((offer["sku"] for _, offer in offers), "")
        sku = call.params.get("sku") or call.query.get("sku") or _sku_in(call)
        return oauth.owner(state, call) if not sku and call.method == "GET" else sku

    def create_seller(self, state: State, order: Mapping[str, Any]) -> SellerReport:
        return sellers.create(state, order)

    def revoke(self, state: State, username: str) -> bool:
        oauth.expire(state, username)
        return sellers.revoke(state, username)

    def consent(self, state: State, username: str) -> SellerReport | None:
        return sellers.consent(state, username)

    def expire_access_tokens(self, state: State, username: str) -> bool:
        oauth.expire(state, username)
        return sellers.exists(state, username)

    def shelf(self, state: State) -> Shelf:
        return shelf(state)


def _sku_in(call: Call) -> str:
    if call.content_type != "application/json":
        return ""
    try:
        body = json.loads(call.body)
    except ValueError:
        return ""
    requests = body.get("requests") if isinstance(body, dict) else None
    if isinstance(requests, list) and requests and isinstance(requests[0], dict):
        body = requests[0]
    sku = body.get("sku") if isinstance(body, dict) else None
    return sku if isinstance(sku, str) and sku.isascii() else ""
