"""Every action at Vinted makes the calls that its preview told."""

from __future__ import annotations

import pytest

from marketplaces.models import Account, Listing, ListingStatus, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tests.marketplaces.told_calls import Life
from tests.marketplaces.vinted.conftest import OURS, Run, add_photo
from tests.marketplaces.vinted.shelves import SELLER, VintedShelves


@pytest.fixture
def life(account: Account, product: Product, run: Run, control: VintedControl) -> Life:
    return Life(account, product, run, control.requests, OURS.__contains__)


def test_every_action_makes_the_calls_that_were_told(life: Life, shelves: VintedShelves) -> None:
    assert life.does("publish") == (5, 5)
    assert life.does("publish") == (1, None)
    assert life.does("update") == (1, 1)
    life.change(price="25.00")
    assert life.does("update") == (2, None)
    add_photo(life.product, 3, "black")
    assert life.does("update") == (3, None)
    life.change(price="26.00")
    assert life.does("publish") == (3, None)
    assert life.does("unpublish") == (1, 1)
    assert life.does("activate") == (1, 1)
    life.does("unpublish")
    life.change(price="27.00")
    assert life.does("activate") == (3, None)
    life.change(stock=0)
    assert life.does("update") == (1, 1)
    assert life.does("archive") == (2, None)
    life.change(stock=1)
    assert life.does("publish") == (7, 7)
    Listing.objects.update(status=ListingStatus.SOLD)
    assert life.does("publish") == (1, None)
    life.change(stock=2)
    shelves.control.sell(SELLER, Listing.objects.get().external_id)
    assert life.does("publish") == (1, None)
    assert life.does("delete") == (1, 1)
    life.sweeps("sync", shelves.run)
    life.sweeps("orders", shelves.run)
    life.assert_all_walked()
