"""Speaks Etsy's Open API v3 for one shop; knows no model of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from marketplaces.etsy import answers
from marketplaces.etsy.answers import EtsyImage, EtsyListing, ListingPages, Profile, Shop
from marketplaces.etsy.calls import Calls, Form
from marketplaces.etsy.errors import EtsyRefusedError
from marketplaces.http import FilePart, Response
from tasks.errors import AuthorizationError, TransientError
from tasks.sentences import sentence

_API = "/v3/application"
_MOST_PAGES = 500
_LONGEST_ALT_TEXT = 500
_FIRST_SECOND = 946_684_800
"""The earliest time (Unix seconds) that Etsy's filters take."""
Inventory = dict[str, Any]
Receipt = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EtsyClient:
    """One seller's shop.

    Every method raises the types of `tasks.errors`; EtsyRefusedError is Etsy's definite no.
    """

    calls: Calls
    shop_id: str
    page_size: int = 100
    """At most 100."""

    def create_draft(self, form: Form) -> EtsyListing:
        """A new listing each time that it is called."""
        response = self.calls.send_form(
            "POST", f"{self._shop}/listings", form, sentence("make the draft")
        )
        return answers.listing(response)

    def update_listing(self, listing_id: str, form: Form) -> EtsyListing:
        """Change what `form` names and leave the rest; neither price nor stock are in it."""
        response = self.calls.send_form(
            "PATCH", self._own(listing_id), form, sentence("change the listing")
        )
        return answers.listing(response)

    def activate(self, listing_id: str) -> EtsyListing:
        """Show it to buyers. Etsy charges its fee for a draft, a sold out or an expired listing."""
        response = self.calls.send_form(
            "PATCH",
            self._own(listing_id),
            {"state": answers.ACTIVE},
            sentence("show the listing to buyers"),
        )
        return answers.listing(response)

    def deactivate(self, listing_id: str) -> EtsyListing:
        response = self.calls.send_form(
            "PATCH",
            self._own(listing_id),
            {"state": answers.INACTIVE},
            sentence("take the listing off sale"),
        )
        return answers.listing(response)

    def delete_listing(self, listing_id: str) -> bool:
        """False when it was gone already."""
        try:
            self.calls.delete(_listing(listing_id), sentence("delete the listing"))
        except EtsyRefusedError as error:
            if error.is_not_found:
                return False
            raise
        return True

    def get_listing(self, listing_id: str) -> EtsyListing | None:
        """Of whatever shop; None only when Etsy itself says that it is not there."""
        response = self._found(_listing(listing_id), sentence("show the listing"))
        return None if response is None else answers.listing(response)

    def listings(self, state: str) -> ListingPages:
        """All that are in `state`, with their SKUs, from all pages."""
        found: dict[str, EtsyListing] = {}
        most = 0
        for page in range(_MOST_PAGES):
            counted, shown = self.listings_page(state, page * self.page_size)
            most = max(most, counted)
            found |= {each.listing_id: each for each in shown}
            if not shown or (page + 1) * self.page_size >= counted:
                return ListingPages(tuple(found.values()), len(found) >= most)
        raise TransientError(sentence("Etsy lists the shop's listings without an end."))

    def listings_page(self, state: str, offset: int) -> tuple[int, list[EtsyListing]]:
        """How many are in `state` in all, and up to a page of them with their SKUs.

        `offset` counts listings.
        """
        query = {"state": state, "limit": self.page_size, "offset": offset, "includes": "Inventory"}
        response = self.calls.get(
            f"{self._shop}/listings?{urlencode(query)}", sentence("list the shop's listings")
        )
        return answers.page(response)

    def receipts_page(self, since: int, offset: int) -> tuple[int, list[Receipt]]:
        """How many orders have changed since (Unix seconds), and up to a page of them.

        As Etsy's document has them; those not paid yet too (`order_facts.UNPAID` says why).
        What was changed first comes first, so that an order that changes meanwhile moves to the
        end. `offset` counts orders.
        """
        query = {
            "min_last_modified": max(since, _FIRST_SECOND),
            "sort_on": "updated",
            "sort_order": "asc",
            "limit": self.page_size,
            "offset": offset,
        }
        response = self.calls.get(
            f"{self._shop}/receipts?{urlencode(query)}", sentence("list the orders")
        )
        return answers.count(response), answers.results(response)

    def get_inventory(self, listing_id: str) -> Inventory:
        """The whole document, as Etsy has it."""
        response = self.calls.get(f"{_listing(listing_id)}/inventory", sentence("show the stock"))
        return response.json_object()

    def put_inventory(self, listing_id: str, document: Inventory) -> None:
        """Replace the whole document."""
        self.calls.send_json(
            "PUT", f"{_listing(listing_id)}/inventory", document, sentence("save price and stock")
        )

    def upload_image(
        self, listing_id: str, part: FilePart, *, rank: int, alt_text: str = ""
    ) -> EtsyImage:
        """Make `part` the photo at `rank` (1 = shown first), in place of the one that is there."""
        form: Form = {"rank": rank, "overwrite": True, "alt_text": alt_text[:_LONGEST_ALT_TEXT]}
        response = self.calls.send_file(
            f"{self._own(listing_id)}/images", part, form, sentence("take the photo")
        )
        return answers.image(response)

    def images(self, listing_id: str) -> list[EtsyImage]:
        """In the order in which buyers see them."""
        return answers.images(
            self.calls.get(f"{_listing(listing_id)}/images", sentence("list the photos"))
        )

    def delete_image(self, listing_id: str, image_id: str) -> None:
        """Nothing happens when it is gone already."""
        try:
            self.calls.delete(
                f"{self._own(listing_id)}/images/{int(image_id)}", sentence("remove a photo")
            )
        except EtsyRefusedError as error:
            if not error.is_not_found:
                raise

    def own_shop_id(self) -> str | None:
        """The shop of whoever signed in; None when they only buy there."""
        response = self._found(f"{_API}/users/me", sentence("name the seller's shop"))
        if response is None or not response.json_object().get("shop_id"):
            return None
        return answers.number(response, response.json_object(), "shop_id")

    def shop(self) -> Shop | None:
        """None when there is no such shop."""
        response = self._found(self._shop, sentence("show the shop"))
        return None if response is None else answers.shop(response)

    def shipping_profiles(self) -> list[Profile]:
        response = self.calls.get(
            f"{self._shop}/shipping-profiles", sentence("list the shipping profiles")
        )
        return answers.profiles(response, "shipping_profile_id", "title")

    def processing_profiles(self) -> list[Profile]:
        """The first 100."""
        response = self.calls.get(
            f"{self._shop}/readiness-state-definitions?limit={self.page_size}",
            sentence("list the processing profiles"),
        )
        return answers.profiles(
            response, "readiness_state_id", "processing_days_display_label", "readiness_state"
        )

    def return_policies(self) -> list[Profile]:
        response = self.calls.get(
            f"{self._shop}/policies/return", sentence("list the return policies")
        )
        return answers.profiles(response, "return_policy_id")

    def sections(self) -> list[Profile]:
        response = self.calls.get(
            f"{self._shop}/sections", sentence("list the sections of the shop")
        )
        return answers.profiles(response, "shop_section_id", "title")

    def categories(self) -> dict[str, str]:
        """Paths by number of all categories that listings can have; about 3,000."""
        response = self.calls.get(f"{_API}/seller-taxonomy/nodes", sentence("list the categories"))
        return answers.categories(response)

    def _found(self, path: str, doing: str) -> Response | None:
        try:
            return self.calls.get(path, doing)
        except EtsyRefusedError as error:
            if error.is_not_found:
                return None
            raise

    @property
    def _shop(self) -> str:
        if not self.shop_id.isdecimal():
            raise AuthorizationError(
                sentence("It is not known which shop at Etsy this account is.")
            )
        return f"{_API}/shops/{int(self.shop_id)}"

    def _own(self, listing_id: str) -> str:
        return f"{self._shop}/listings/{int(listing_id)}"


def _listing(listing_id: str) -> str:
    return f"{_API}/listings/{int(listing_id)}"
