"""Every action at eBay makes the calls that its preview told."""

from __future__ import annotations

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Product
from marketplaces.sandbox.control import SandboxControl
from tests.marketplaces.ebay.conftest import Run
from tests.marketplaces.ebay.shelves import Shelves
from tests.marketplaces.ebay.test_client import ITEM
from tests.marketplaces.told_calls import Life


@pytest.fixture
def life(
    account: Account,
    product: Product,
    run: Run,
    control: SandboxControl,
    settings: DjangoSettings,
) -> Life:
    settings.EBAY = settings.EBAY | {"settle_seconds": 0.0}
    return Life(account, product, run, control.requests, lambda route: "/identity/" not in route)


def test_every_action_makes_the_calls_that_were_told(life: Life, shelves: Shelves) -> None:
    assert life.does("publish") == (7, 8)
    assert life.does("publish") == (1, None)
    assert life.does("update") == (1, 1)
    life.change(title="Linen shirt, olive", price="25.00")
    # The photos are kept, and so nothing is called for them.
    assert life.does("update") == (3, 3)
    life.change(price="26.00")
    assert life.does("update") == (2, 2)
    life.product.images.filter(position=2).delete()
    assert life.does("update") == (2, 2)
    life.change(price="27.00")
    life.does("publish")
    life.does("unpublish")
    life.does("publish")
    life.change(stock=2)
    assert life.does("set_quantity") == (1, 2)
    life.change(stock=0)
    assert life.does("update") == (1, 1)
    assert life.does("delete") == (3, 3)
    life.sweeps("sync", shelves.run)
    life.sweeps("orders", shelves.run)
    life.assert_all_walked()


def test_a_retry_does_not_count_photos_that_are_kept(
    life: Life, shelves: Shelves, control: SandboxControl
) -> None:
    life.does("publish")
    life.change(title="Linen shirt, olive")
    refused = {"errors": [{"errorId": 25001, "domain": "API", "category": "REQUEST"}]}
    control.add_fault(ITEM, "status", status=400, body=refused, times=0)
    # Both photos are kept receipts by then; only the item is left.
    assert life.is_retried("update", mend=control.clear_faults) == (1, 1)
