"""A typed client of Etsy's control port."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.reports import EtsySellerReport, OrderReport


class EtsyControl(SandboxControl):
    """What SandboxControl has, and Etsy's sellers and buyers."""

    def shop(self, username: str, **order: Any) -> EtsySellerReport:
        """Make a seller with a shop, or find the one of that name; see etsy.sellers.create."""
        answer: EtsySellerReport = self._call("POST", "/sellers", {"username": username, **order})
        return answer

    def shop_consent(self, username: str) -> EtsySellerReport:
        """The seller agrees anew; the answer has the new refresh token."""
        answer: EtsySellerReport = self._call(
            "POST", f"/sellers/{quote(username, safe='')}/consent"
        )
        return answer

    def register_callbacks(self, *addresses: str) -> None:
        """Permit these redirect addresses only; without any, whatever Etsy would take."""
        self._call("POST", "/callbacks", {"callbacks": addresses})

    def sell(
        self, username: str, listing_id: int | str, quantity: int = 1, *, paid: bool = True
    ) -> OrderReport:
        """A buyer takes so many pieces of a listing."""
        return self.sell_lines(
            username, [{"listing_id": int(listing_id), "quantity": quantity}], paid=paid
        )

    def sell_lines(
        self, username: str, lines: Sequence[dict[str, Any]], *, paid: bool = True
    ) -> OrderReport:
        """One receipt of several lines: `listing_id`, `quantity`, and `sku` of a variation."""
        order = {"username": username, "lines": lines, "paid": paid}
        answer: OrderReport = self._call("POST", "/orders", order)
        return answer

    def change_order(self, receipt_id: int, to: str) -> OrderReport:
        """`pay`, `complete`, `cancel`, `refund` or `refund_in_part` it."""
        order = {"receipt_id": receipt_id, "to": to}
        answer: OrderReport = self._call("POST", "/orders/change", order)
        return answer

    def list_by_hand(self, username: str, title: str, **facts: Any) -> int:
        """A listing that our software never saw; see etsy.by_hand.create. Its id."""
        order = {"username": username, "title": title, **facts}
        return int(self._call("POST", "/listings", order)["listing_id"])

    def change_by_hand(self, listing_id: int | str, **facts: Any) -> None:
        """What the seller changes at Etsy: `title`, `sku`, `price`, `quantity`, `state`."""
        self._call("POST", "/listings/change", {"listing_id": int(listing_id), **facts})

    def set_state(self, listing_id: int | str, state: str) -> None:
        """Move a listing as its seller or Etsy might; `removed` deletes it."""
        self.change_by_hand(listing_id, state=state)
