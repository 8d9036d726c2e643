"""The day of a support person: something fails, and is set right."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ebay.shop import Stage

pytestmark = [pytest.mark.slow]


def test_a_failing_batch_is_found_understood_retried_and_seen_to_finish(
    stage: Stage, page: Page
) -> None:
    shop = stage.shop()
    good = [shop.product("file") for _ in range(3)]
    bad = [shop.product("file", title=f"{number} " + "far too long " * 10) for number in range(3)]
    stage.workers.start(2)
    shop.published(*good, *bad)
    page.goto("/t/t1/admin/")
    expect(page.get_by_text("Seller t1").first).to_be_visible()
