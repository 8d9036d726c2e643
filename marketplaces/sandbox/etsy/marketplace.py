"""Etsy, as the sandbox's common parts know it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

from marketplaces.sandbox.etsy import by_hand, errors, forms, listings, orders, sellers, tokens
from marketplaces.sandbox.etsy.enums import SCOPES
from marketplaces.sandbox.etsy.kinds import LISTINGS
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from marketplaces.sandbox.etsy.routes import ROUTES
from marketplaces.sandbox.etsy.settings import EtsySettings
from marketplaces.sandbox.etsy.shelf import shelf
from marketplaces.sandbox.marketplace import Command, Shelf
from marketplaces.sandbox.messages import Answer, Call, Route
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State


class EtsyMarketplace:
    routes: Sequence[Route] = ROUTES
    settings: type[Settings] = EtsySettings
    commands: Mapping[str, Command] = MappingProxyType(
        {
            "callbacks": sellers.register_callbacks,
            "orders": orders.sell,
            "orders/change": orders.change,
            "listings": by_hand.create,
            "listings/change": by_hand.change,
        }
    )

    def prepare(self, state: State) -> None:
        sellers.prepare(state)

    def error(self, status: int) -> Answer:
        return errors.bare(status)

    def subject_of(self, state: State, call: Call) -> str:
        """A listing's SKUs and title; of one that is only now to be made, the title."""
        if "listing_id" in call.params:
            found = state.documents.everywhere(LISTINGS, key=call.params["listing_id"])
            return next((listings.subject(listing) for _, listing in found), "")
        if call.content_type != forms.CONTENT_TYPE:
            return ""
        return parse_qs(call.body.decode(errors="replace")).get("title", [""])[0]

    def create_seller(self, state: State, order: Mapping[str, Any]) -> EtsySellerReport:
        return sellers.create(state, order)

    def revoke(self, state: State, username: str) -> bool:
        tokens.revoke(state, username)
        return sellers.find(state, username) is not None

    def consent(self, state: State, username: str) -> EtsySellerReport | None:
        if sellers.find(state, username) is None:
            return None
        tokens.grant(state, username, list(SCOPES))
        return sellers.report(state, username)

    def expire_access_tokens(self, state: State, username: str) -> bool:
        tokens.expire(state, username)
        return sellers.find(state, username) is not None

    def shelf(self, state: State) -> Shelf:
        return shelf(state)
