"""A typed client of Vinted's control port."""

from typing import Any

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.vinted.reports import SaleReport, VintedSellerReport


class VintedControl(SandboxControl):
    """What SandboxControl has, and Vinted's members, buyers and protection."""

    def member(self, username: str, password: str = "") -> VintedSellerReport:
        """Make a member, or find the one of that name; a password that is given is theirs then."""
        order = {"username": username, "password": password}
        answer: VintedSellerReport = self._call("POST", "/sellers", order)
        return answer

    def challenge(self, *, on: bool = True) -> None:
        """The protection asks for a person, or has seen one."""
        self._call("POST", "/challenge", {"on": on})

    def sign_out(self, username: str = "") -> int:
        """End a member's sessions, or everybody's; how many there were."""
        return int(self._call("POST", "/sign-out", {"username": username})["ended"])

    def expire_photos(self, username: str = "") -> int:
        """End the temporary ids of photos that no item has; how many there were."""
        return int(self._call("POST", "/photos/expire", {"username": username})["expired"])

    def list_by_hand(self, username: str, title: str, **facts: Any) -> int:
        """An item that our software never saw; see vinted.by_hand.create. Its id."""
        order = {"username": username, "title": title, **facts}
        return int(self._call("POST", "/items", order)["item_id"])

    def change_by_hand(self, item_id: int | str, **facts: Any) -> str:
        """What the seller or Vinted changes; see vinted.by_hand.change. The item's state then."""
        order = {"item_id": int(item_id), **facts}
        return str(self._call("POST", "/items/change", order)["state"])

    def remove_by_hand(self, item_id: int | str) -> None:
        self.change_by_hand(item_id, removed=True)

    def close(self, item_id: int | str, action: str | None = None) -> None:
        """A closing that is no sale."""
        self.change_by_hand(item_id, is_closed=True, item_closing_action=action)

    def sell(self, username: str, *item_ids: int | str, to: str = "pay") -> SaleReport:
        """A buyer takes an item, or a bundle; how far the sale gets is one of sales.COURSE."""
        order = {"username": username, "item_ids": [int(each) for each in item_ids], "to": to}
        answer: SaleReport = self._call("POST", "/sales", order)
        return answer

    def change_sale(self, transaction_id: int, to: str, *, reopens: bool = False) -> SaleReport:
        """`ship`, `deliver`, `complete` or `fail` it; `reopens` puts its items on sale again."""
        order = {"transaction_id": transaction_id, "to": to, "reopens": reopens}
        answer: SaleReport = self._call("POST", "/sales/change", order)
        return answer
