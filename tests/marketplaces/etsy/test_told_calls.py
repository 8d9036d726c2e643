"""Every action at Etsy makes the calls that its preview told."""

from __future__ import annotations

import pytest

from marketplaces.models import Account, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tests.marketplaces.etsy.conftest import PUT_INVENTORY, Run, add_photo
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.marketplaces.told_calls import Life


@pytest.fixture
def life(account: Account, product: Product, run: Run, control: EtsyControl) -> Life:
    return Life(account, product, run, control.requests, lambda route: "oauth" not in route)


def test_every_action_makes_the_calls_that_were_told(life: Life, shelves: EtsyShelves) -> None:
    assert life.does("publish") == (7, 10)
    assert life.does("publish") == (1, None)
    assert life.does("update") == (1, 1)
    life.change(price="25.00")
    assert life.does("update") == (2, 3)
    life.change(title="Linen shirt, olive")
    assert life.does("update") == (2, 2)
    add_photo(life.product, 3, "black")
    least, most = life.does("update")
    assert (least, most) == (3, 6)
    life.product.images.filter(position=2).delete()
    life.does("update")
    assert life.does("unpublish") == (1, 2)
    life.does("activate")
    life.change(price="26.00")
    life.does("publish")
    life.does("unpublish")
    life.does("publish")
    life.change(stock=2)
    assert life.does("set_quantity") == (1, 2)
    life.change(stock=0)
    assert life.does("update") == (1, 2)
    assert life.does("delete") == (1, 1)
    life.sweeps("sync", shelves.run)
    life.sweeps("orders", shelves.run)
    life.assert_all_walked()


def test_a_retry_tells_what_its_mapping_will_append(life: Life, control: EtsyControl) -> None:
    life.does("publish")
    life.change(title="Linen shirt, olive", price="25.00")
    refused = {"error": "Not today."}
    control.add_fault(PUT_INVENTORY, "status", status=400, body=refused, times=0)
    # The texts have been sent; the stock is read, and sent if it differs.
    assert life.is_retried("update", mend=control.clear_faults) == (1, 2)
