"""One allowance for all workers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tasks.dispatch import limits
from tasks.dispatch.limits import Limit
from tasks.dispatch.models import RateLimit
from tasks.errors import RateLimitedError

DAILY = Limit("the daily limit", 10, 86_400)


pytestmark = pytest.mark.usefixtures("committed")


def _spent(key: str, *given: Limit, tries: int) -> int:
    """How many of so many tries went through."""
    count = 0
    for _ in range(tries):
        try:
            limits.spend(key, given)
        except RateLimitedError:
            continue
        count += 1
    return count


def _refused_until(limit: Limit) -> datetime:
    with pytest.raises(RateLimitedError) as refused:
        limits.spend("etsy", [limit])
    assert refused.value.until is not None
    return refused.value.until


def _let_pass(time: timedelta) -> None:
    microseconds = time // timedelta(microseconds=1)
    row = RateLimit.objects.get(key="etsy")
    row.state = [moment - microseconds for moment in row.state]
    row.blocked_until = row.blocked_until and row.blocked_until - time
    row.save()


def test_what_is_allowed_goes_through_and_the_rest_is_told_until_when() -> None:
    assert _spent("etsy", DAILY, tries=5) == 2
    with pytest.raises(RateLimitedError, match="the daily limit") as refused:
        limits.spend("etsy", [DAILY])
    assert refused.value.until is not None
    wait = refused.value.until - timezone.now()
    assert timedelta(hours=5) < wait < timedelta(hours=7), "until both of the burst are free again"


def test_what_is_used_up_opens_again_for_many_calls_and_for_everybody_at_once() -> None:
    limit = Limit("the daily limit", 1000, 86_400)
    assert _spent("etsy", limit, tries=300) == 200
    moments = {_refused_until(limit) for _ in range(3)}
    assert len(moments) == 1
    _let_pass(moments.pop() - timezone.now() + timedelta(seconds=1))
    assert 100 <= _spent("etsy", limit, tries=150) <= 101


def test_another_key_has_an_allowance_of_its_own() -> None:
    assert _spent("ebay/1", DAILY, tries=5) == 2
    assert _spent("ebay/2", DAILY, tries=5) == 2


def test_a_short_wait_is_slept() -> None:
    per_second = Limit("the limit per second", 10, 1)
    began = time.monotonic()
    assert _spent("etsy", per_second, tries=6) == 6
    assert time.monotonic() - began > 0.3


def test_what_one_limit_refuses_costs_the_others_nothing() -> None:
    generous = Limit("the generous limit", 100, 86_400)
    assert _spent("etsy", generous, DAILY, tries=30) == 2
    [first, _] = RateLimit.objects.get(key="etsy").state
    one_call = 86_400 / 80 * 1e6
    assert first < (timezone.now().timestamp() * 1e6) + 2.5 * one_call


def test_no_window_ever_holds_more_than_the_limit() -> None:
    limit = Limit("the limit", 20, 1)
    at = []
    ends_at = time.monotonic() + 2.2
    while time.monotonic() < ends_at:
        limits.spend("etsy", [limit])
        # When it was let through, however long this process was kept waiting afterwards.
        at.append(RateLimit.objects.get(key="etsy").used_at.timestamp())
    assert len(at) > 25
    assert all(sum(start <= each < start + 1 for each in at) <= 20 for start in at)


def test_workers_share_one_allowance() -> None:
    limit = Limit("the daily limit", 50, 86_400)

    def worker(_number: int) -> int:
        try:
            return _spent("etsy", limit, tries=8)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(worker, range(4))) == 10


def test_the_marketplaces_own_no_counts_for_everybody() -> None:
    until = timezone.now() + timedelta(minutes=5)
    limits.block("etsy", until=until, reason="Etsy's daily limit")
    with pytest.raises(RateLimitedError, match="Etsy's daily limit") as refused:
        limits.spend("etsy", [DAILY])
    assert refused.value.until == until


def test_the_later_of_two_refusals_holds() -> None:
    later = timezone.now() + timedelta(hours=5)
    limits.block("etsy", until=later, reason="the later one")
    limits.block("etsy", until=timezone.now() + timedelta(seconds=1), reason="the earlier one")
    with pytest.raises(RateLimitedError, match="the later one"):
        limits.spend("etsy", [DAILY])


def test_limits_that_are_set_anew_begin_anew() -> None:
    assert _spent("etsy", DAILY, tries=2) == 2
    assert _spent("etsy", DAILY, Limit("another", 10, 1), tries=1) == 1
