"""A marketplace's limits, met by many sellers and several workers at once: never run into."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tasks.timeline.waits import OpenWait, Wait, open_wait
from tests.acceptance.limits.conftest import OpenStreet
from tests.acceptance.limits.street import Street
from tests.acceptance.processes import until
from tests.acceptance.shops import SellersShop

pytestmark = pytest.mark.slow

SELLERS = 12


def test_all_sellers_share_etsys_calls_per_second_and_nobody_is_starved(
    etsy_street: OpenStreet,
) -> None:
    street = etsy_street(SELLERS, per_second=40, per_day=10_000)
    mountain = with_a_mountain(street, 8)
    street.publish()
    street.workers.start(3)
    street.wait_until_all_ended(120)

    street.assert_limits_were_kept()
    street.assert_all_published_once()
    assert_mountain_held_up_nobody(street, mountain)


def test_when_etsys_day_is_used_up_everybody_waits_and_nobody_loses_an_attempt(
    etsy_street: OpenStreet,
) -> None:
    street = etsy_street(SELLERS, per_second=200, per_day=200)
    mountain = with_a_mountain(street, 4)
    street.publish()
    street.workers.start(2)
    until(lambda: all_wait(street), 90, "all that is left waits")

    waiting = street.unended()
    assert waiting, "the limit was too great to prove anything"
    for job in waiting:
        wait = limit_of(job)
        assert wait is not None
        assert timezone.now() < moment_of(wait) < timezone.now() + timedelta(days=1)
        assert "Etsy's daily limit" in wait.because
        assert job.attempt_count == 0

    while street.unended():
        street.let_pass(max(moment_of(wait) for wait in waits(street)) - timezone.now())
        until(lambda: all_wait(street), 90, "all is published, or waits again")
    street.assert_limits_were_kept()
    street.assert_all_published_once()
    assert_mountain_held_up_nobody(street, mountain)


def test_ebay_takes_the_photos_of_each_seller_at_its_own_pace(ebay_street: OpenStreet) -> None:
    street = ebay_street(2, photos=20)
    street.stock(4, "file", "link", "file", "link")
    street.publish()
    street.workers.start(3)
    street.wait_until_all_ended(120)

    street.assert_limits_were_kept()
    street.assert_all_published_once()


def with_a_mountain(street: Street, products: int) -> SellersShop:
    """Everybody has one product, and who asks first has so many more."""
    mountain = street.shops[0]
    for _ in range(products):
        mountain.product()
    street.stock(1)
    return mountain


def assert_mountain_held_up_nobody(street: Street, mountain: SellersShop) -> None:
    """Whoever works off what was asked for first would have the whole mountain done before."""
    others = [ended(job) for shop in street.shops if shop is not mountain for job in shop.jobs()]
    before = [job for job in mountain.jobs() if ended(job) < sorted(others)[len(others) // 2]]
    assert len(before) <= len(mountain.jobs()) // 2 + 1


def ended(job: MarketplaceJob) -> datetime:
    assert job.completed_at is not None
    return job.completed_at


def limit_of(job: MarketplaceJob) -> OpenWait | None:
    """What the job's page says that it waits for, if that is a limit which has not passed."""
    lane = Lane.objects.get(account_name=job.account_name)
    wait = open_wait(job, lane, timezone.now())
    return wait if wait and wait.reason is Wait.LIMIT and wait.until else None


def waits(street: Street) -> list[OpenWait]:
    return [wait for job in street.unended() if (wait := limit_of(job))]


def all_wait(street: Street) -> bool:
    return street.is_quiet() and len(waits(street)) == len(street.unended())


def moment_of(wait: OpenWait) -> datetime:
    assert wait.until is not None
    return wait.until
