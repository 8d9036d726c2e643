"""What our requests to eBay have beyond what eBay's documents say; these are `tests.official`'s."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from marketplaces.ebay.account_settings import SITES
from marketplaces.ebay.conditions import CONDITIONS
from tests.marketplaces.ebay.every_call import CALLS
from tests.official.documents import listed, requires_documents
from tests.official.forms import fields
from tests.official.wire import captured, sent_by

WITH_LANGUAGE = {"put_inventory_item", "create_offer", "update_offer"}


@pytest.mark.parametrize("call", CALLS)
def test_the_language_is_that_of_the_texts_and_none_is_asked_for(call: str) -> None:
    headers = sent_by("ebay", call).headers
    assert headers.get("Content-Language") == ("fr-FR" if call in WITH_LANGUAGE else None)
    assert "Accept-Language" not in headers


def test_the_window_of_orders_is_written_as_the_document_shows_it() -> None:
    since = datetime(2026, 5, 4, 3, 2, 1, 999_000, UTC)
    (sent,) = captured("ebay", lambda ebay: ebay.reads.orders(since, 200))
    assert fields(urlsplit(sent.target).query.encode()) == {
        "filter": "lastmodifieddate:[2026-05-04T03:02:01.999Z..]",
        "limit": "100",
        "offset": "200",
    }


@requires_documents
def test_our_lists_are_the_documents_own() -> None:
    assert listed("ConditionEnum") == CONDITIONS
    assert set(SITES) <= listed("MarketplaceEnum")
    currencies = {site.currency for site in SITES.values()}
    assert currencies <= listed("CurrencyCodeEnum")
