"""A publication of which nobody can know whether it took effect, so that a person is asked."""

from __future__ import annotations

from django.db import connection

from marketplaces.models import Product
from tasks.dispatch import lanes
from tasks.models import MarketplaceJob
from tests.acceptance.ebay import routes
from tests.acceptance.ebay.shop import EbayShop
from tests.acceptance.processes import until


def nobody_can_tell(shop: EbayShop, product: Product, lost: str) -> int:
    """The answer to publishing is lost, and every look after it is of no use; the rule's id."""
    sku = shop.sku(product)
    shop.control.add_fault(routes.PUBLISH, lost, match=sku)
    half_an_offer = {
        "offerId": "1",
        "sku": sku,
        "marketplaceId": shop.seller["marketplace_id"],
        "format": "FIXED_PRICE",
        "status": "PUBLISHED",
    }
    rule = shop.control.add_fault(
        routes.READ_OFFER,
        "status",
        match=sku,
        status=200,
        body=half_an_offer,
        times=0,
        skip=1,
    )
    shop.publish(product)
    until(lambda: shop.all_ended() or hurry(shop), 60, "a person is asked")
    job = shop.job(product)
    assert (job.status, job.needs_person) == ("FAILED", True)
    assert shop.task(product, "publish_offer").status == "UNKNOWN"
    assert "not as which listing" in job.error_message
    assert job.error_advice
    return rule


def hurry(shop: EbayShop) -> bool:
    """Let the time between two looks pass."""
    with shop.inside():
        waiting = MarketplaceJob.objects.filter(account=shop.account, wait_reason="LOOK")
        waiting = waiting.filter(lease_token=None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            waiting.update(run_after=cursor.fetchone()[0])
        lanes.wake(shop.account.pk)
    return False
