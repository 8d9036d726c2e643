"""Vinted, as the sandbox's common parts know it."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from marketplaces.sandbox.marketplace import Command, Shelf
from marketplaces.sandbox.messages import Answer, Call, Route
from marketplaces.sandbox.settings import Settings
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import (
    by_hand,
    challenge,
    errors,
    items,
    pace,
    photos,
    sales,
    sellers,
    sessions,
)
from marketplaces.sandbox.vinted.reports import VintedSellerReport
from marketplaces.sandbox.vinted.routes import ROUTES
from marketplaces.sandbox.vinted.settings import VintedSettings
from marketplaces.sandbox.vinted.shelf import shelf


class VintedMarketplace:
    routes: Sequence[Route] = ROUTES
    settings: type[Settings] = VintedSettings
    commands: Mapping[str, Command] = MappingProxyType(
        {
            "challenge": challenge.turn,
            "sign-out": sessions.sign_out,
            "items": by_hand.create,
            "items/change": by_hand.change,
            "photos/expire": photos.expire,
            "sales": sales.sell,
            "sales/change": sales.change,
        }
    )

    def prepare(self, state: State) -> None:
        """There is nothing before the first seller."""

    def error(self, status: int) -> Answer:
        return errors.bare(status)

    def subject_of(self, state: State, call: Call) -> str:
        """An item's title, also of one that is only now to be made; a photo's checksum.

        Of the question who is signed in it is the member.
        """
        if "item_id" in call.params:
            item = items.find(state, call.params["item_id"])
            return "" if item is None else str(item["title"])
        if call.route == pace.WHO_AM_I:
            session = sessions.of(state, call)
            return "" if session is None else str(session["username"])
        if call.content_type == "multipart/form-data":
            return photos.checksum(call)
        if call.content_type != "application/json":
            return ""
        return _title_in(call.body)

    def create_seller(self, state: State, order: Mapping[str, Any]) -> VintedSellerReport:
        return sellers.create(state, order)

    def revoke(self, state: State, username: str) -> bool:
        """Vinted gives no consent to applications: the seller is signed out everywhere."""
        sessions.end_all(state, username)
        return sellers.find(state, username) is not None

    def consent(self, state: State, username: str) -> VintedSellerReport | None:
        """There is none to give; who they are, for whoever signs in as them."""
        if sellers.find(state, username) is None:
            return None
        return sellers.create(state, {"username": username})

    def expire_access_tokens(self, state: State, username: str) -> bool:
        return self.revoke(state, username)

    def shelf(self, state: State) -> Shelf:
        return shelf(state)


def _title_in(body: bytes) -> str:
    try:
        given = json.loads(body)
    except ValueError:
        return ""
    draft = given.get("draft") if isinstance(given, dict) else None
    title = str(draft.get("title", "")) if isinstance(draft, dict) else ""
    return title.encode(errors="replace").decode()
