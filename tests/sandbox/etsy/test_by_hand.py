"""What happens to listings past the API: our software finds out by reading."""

import pytest

from marketplaces.sandbox.control import ControlError
from marketplaces.sandbox.etsy.control import EtsyControl
from tests.sandbox.etsy.shop_client import API, ShopClient
from tests.sandbox.seller_client import a_photo


def test_a_listing_made_by_hand_is_found(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = control.list_by_hand("nora", "Old hat", sku="H1", price="12.50", quantity=2)
    [shown] = nora.of_shop(includes="Inventory").body["results"]
    assert shown["listing_id"] == listing_id
    assert (shown["title"], shown["quantity"], shown["price"]["amount"]) == ("Old hat", 2, 1250)
    assert shown["inventory"]["products"][0]["sku"] == "H1"


def test_a_change_by_hand_is_seen(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    control.change_by_hand(listing_id, title="Shawl", price="9.99", quantity=5, sku="S1")
    shown = nora.get(f"{API}/listings/{listing_id}").body
    assert (shown["title"], shown["quantity"], shown["skus"]) == ("Shawl", 5, ["S1"])
    assert shown["price"]["amount"] == 999


def test_a_listing_emptied_by_hand_is_sold_out(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    control.change_by_hand(listing_id, quantity=0)
    assert nora.state_of(listing_id) == "sold_out"


def test_what_was_removed_is_gone(nora: ShopClient, control: EtsyControl) -> None:
    listing_id = nora.on_sale(a_photo())
    control.set_state(listing_id, "removed")
    assert nora.get(f"{API}/listings/{listing_id}").status == 404
    with pytest.raises(ControlError, match="there is no listing"):
        control.set_state(listing_id, "active")


def test_nobody_sells_without_a_shop(control: EtsyControl) -> None:
    with pytest.raises(ControlError, match="no seller"):
        control.list_by_hand("nobody", "Old hat")
