"""The place from which a seller ships, made at eBay, which has no page of its own for it.

Every offer names an inventory location (createInventoryLocation, Inventory API 1.18.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from marketplaces.connecting.checking import filled
from marketplaces.ebay.client import EbayClient
from marketplaces.ebay.connection import client_for
from marketplaces.ebay.errors import EbayRefusedError
from marketplaces.models import Account
from tasks import staff_actions
from tasks.errors import OutcomeUnknownError
from tasks.models import StaffAction, StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish

KIND = "make_location"
KEY = "stoflow"
"""Ours, so that a request that is sent again makes no second one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the goods lie: a country, and a postal code or a city with its state."""

    country: str
    """ISO 3166, two letters."""
    postal_code: str = ""
    city: str = ""
    state: str = ""
    street: str = ""
    name: str = ""

    def as_location(self) -> dict[str, Any]:
        address = {
            "addressLine1": self.street,
            "city": self.city,
            "stateOrProvince": self.state,
            "postalCode": self.postal_code,
            "country": self.country,
        }
        named = {"name": self.name} if self.name else {}
        there = {name: value for name, value in address.items() if value}
        return {"location": {"address": there}, "locationTypes": ["WAREHOUSE"], **named}


def make(account: Account, place: Place, wish: Wish) -> StaffAction:
    """Make the location at eBay, choose it where none is chosen, and record who did.

    No transaction may be open. EbayRefusedError, and other types of `tasks.errors`, when eBay has
    no such location afterwards.
    """
    _make(client_for(account), place)
    with transaction.atomic():
        recorded, is_new = staff_actions.begin(wish)
        if is_new:
            row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
            row.settings = filled(row.settings, {"merchant_location_key": KEY})
            row.save(update_fields=["settings", "updated_at"])
            staff_actions.record(recorded, [_outcome(row)])
    account.refresh_from_db(fields=["settings"])
    return recorded


def _make(client: EbayClient, place: Place) -> None:
    try:
        client.create_location(KEY, place.as_location())
    except (EbayRefusedError, OutcomeUnknownError):
        # It may have been made before, or by this request, whose answer was lost.
        if client.location(KEY) is None:
            raise


def _outcome(account: Account) -> StaffActionOutcome:
    return StaffActionOutcome(
        account_id=account.pk,
        subject=account.name,
        done=True,
        sentence=sentence("eBay has the inventory location “{key}” now.", key=KEY),
    )
