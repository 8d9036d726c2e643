"""A list without rows says what to do next, and why it is empty."""

from __future__ import annotations

import re

import pytest

from tests.tasks.admin.conftest import TENANT, Browser, text_of
from tests.tasks.conftest import Bench

NEXT_STEPS = {
    "tasks/marketplacejob": "Choose products in the list of products and publish",
    "tasks/batchjob": "No batch yet: choose products and press Publish.",
    "tasks/marketplacejobstats": "No job has ended yet",
    "marketplaces/product": "Import the shop&#x27;s product export",
    "marketplaces/listing": "Choose products in the list of products and publish",
    "marketplaces/account": "Connect eBay",
    "marketplaces/order": "Orders come when StoFlow fetches them",
    "marketplaces/sale": "Sales come with the orders that StoFlow fetches",
}


@pytest.mark.parametrize(("path", "step"), NEXT_STEPS.items())
def test_a_list_that_was_always_empty_says_what_to_do_next(
    superuser: Browser, path: str, step: str
) -> None:
    page = text_of(superuser.get(f"{TENANT}{path}/"))
    assert "Nothing here yet" in page
    assert step in page
    assert "Clear the filters" not in page


@pytest.mark.parametrize("path", NEXT_STEPS)
def test_a_search_without_result_offers_to_clear_the_filters(
    bench: Bench, superuser: Browser, path: str
) -> None:
    bench.request()
    page = text_of(superuser.get(f"{TENANT}{path}/", q="teapot"))
    assert "Nothing matches" in page
    assert "“teapot”" in page
    assert 'href="?"' in page


def test_the_empty_catalogue_offers_its_import_to_who_may_import(
    superuser: Browser, viewer: Browser
) -> None:
    path = f"{TENANT}marketplaces/product/"
    assert f'href="{path}import/"' in text_of(superuser.get(path))
    assert f'href="{path}import/"' not in text_of(viewer.get(path))


@pytest.mark.parametrize("path", ["tasks/marketplacejob", "tasks/batchjob", "marketplaces/listing"])
def test_the_products_that_are_named_are_linked(superuser: Browser, path: str) -> None:
    page = text_of(superuser.get(f"{TENANT}{path}/"))
    assert re.search(rf'href="{TENANT}marketplaces/product/"[^>]*>To the products<', page)
