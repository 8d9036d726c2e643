"""Streets of sellers at the sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Database
from tests.acceptance.ebay.shop import EbayShop, sandbox_ebay
from tests.acceptance.etsy.shop import EtsyShop, sandbox_etsy
from tests.acceptance.limits.street import SETTLED, Street, schemas
from tests.acceptance.processes import Workers

OpenStreet = Callable[..., Street]


@pytest.fixture
def etsy_street(database: Database, workers: Workers, tmp_path: Path) -> Iterator[OpenStreet]:
    """Opens so many shops at an Etsy with these limits, which StoFlow knows too."""
    with sandbox_etsy(tmp_path) as etsy:

        def open_street(sellers: int, *, per_second: int, per_day: int) -> Street:
            etsy.control.settings(read_lag=0, limit_per_second=per_second, limit_per_day=per_day)
            known = {"ETSY_CALLS_PER_SECOND": per_second, "ETSY_CALLS_PER_DAY": per_day}
            database.environment.update({**etsy.environment, **SETTLED})
            database.environment.update({name: str(value) for name, value in known.items()})
            shops = [
                EtsyShop.open(etsy.control, schema, seller=f"seller-{schema}", concurrency=2)
                for schema in schemas(sellers)
            ]
            street = Street(etsy.control, workers, list(shops))
            opened.append(street)
            return street

        opened: list[Street] = []
        yield open_street
        _close(opened, workers)


@pytest.fixture
def ebay_street(database: Database, workers: Workers, tmp_path: Path) -> Iterator[OpenStreet]:
    """Opens so many shops at an eBay that takes so many photos of each in five seconds."""
    with sandbox_ebay(tmp_path) as ebay:

        def open_street(sellers: int, *, photos: int) -> Street:
            ebay.control.settings(read_lag=0, media_posts_per_5_seconds=photos)
            database.environment.update({**ebay.environment, **SETTLED})
            # The share of eBay's limit that StoFlow uses as it is installed.
            database.environment["EBAY_UPLOADS_PER_5_SECONDS"] = str(photos * 9 // 10)
            shops = [
                EbayShop.open(ebay.control, schema, seller=f"seller-{schema}", concurrency=3)
                for schema in schemas(sellers)
            ]
            street = Street(ebay.control, workers, list(shops))
            opened.append(street)
            return street

        opened: list[Street] = []
        yield open_street
        _close(opened, workers)


def _close(streets: list[Street], workers: Workers) -> None:
    workers.kill_all()
    for street in streets:
        for shop in street.shops:
            shop.remove_files()
