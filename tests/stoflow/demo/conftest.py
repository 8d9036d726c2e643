"""The sandbox eBay, an account there and a product, as the marketplace's own tests have them."""

from __future__ import annotations

from hashlib import sha256

import pytest

from marketplaces.models import Product
from tests.marketplaces.ebay.conftest import (  # noqa: F401 - fixtures
    account,
    control,
    ebay,
    running,
    seller,
)
from tests.marketplaces.ebay.conftest import product as product_for_ebay  # noqa: F401


@pytest.fixture
def product(product_for_ebay: Product) -> Product:  # noqa: F811
    """As the import would have made it: a link's checksum is that of its text."""
    link = product_for_ebay.images.get(position=2)
    link.checksum = sha256(link.url.encode()).hexdigest()
    link.save()
    return product_for_ebay
