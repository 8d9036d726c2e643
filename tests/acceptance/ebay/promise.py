"""The promise, as assertions: by what the sandbox counted, and by what our own tables say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from marketplaces.models import Product
from marketplaces.sandbox.reports import EffectsReport, RequestReport
from tasks.models import MarketplaceTask
from tasks.states import JobStatus, TaskStatus
from tests.acceptance.ebay.routes import STEP_OF_WRITE
from tests.acceptance.ebay.shop import EbayShop


def assert_kept(shop: EbayShop, live: Sequence[Product], not_live: Sequence[Product] = ()) -> None:
    """Once all work has ended: `live` each have one listing, `not_live` have none."""
    report = shop.control.effects()
    assert report["violations"] == []
    assert_listed_once(shop, live, not_live)
    assert_one_offer_each(shop, report)
    assert_records_agree(shop, live)
    assert_jobs_have_ended(shop, live, not_live)
    assert_nothing_is_held(shop)
    assert_batches_add_up(shop)
    assert_failures_are_explained(shop)
    assert_no_completed_task_ran_again(shop)


def assert_listed_once(
    shop: EbayShop, live: Sequence[Product], not_live: Sequence[Product]
) -> None:
    for product in live:
        listings = shop.live(product)
        assert len(listings) == 1, f"{product} has {len(listings)} listings"
        shown = [photo["checksum"] for photo in listings[0]["photos"]]
        assert shown == shop.photos(product), f"the photos of {product}"
        assert len(set(shown)) == len(shown)
    for product in not_live:
        assert shop.live(product) == []


def assert_one_offer_each(shop: EbayShop, report: EffectsReport) -> None:
    own = [offer for offer in report["offers"] if offer["seller"] == shop.seller["username"]]
    twice = {sku: n for sku, n in Counter(offer["sku"] for offer in own).items() if n > 1}
    assert twice == {}


def assert_records_agree(shop: EbayShop, live: Sequence[Product]) -> None:
    for product in live:
        (listing,) = shop.live(product)
        record = shop.record(product)
        assert (record.status, record.external_id) == ("LIVE", listing["listing_id"])
        assert record.key == shop.sku(product)
        assert record.details["offer_id"] == listing["offer_id"]


def assert_jobs_have_ended(
    shop: EbayShop, live: Sequence[Product], not_live: Sequence[Product]
) -> None:
    newest = {job.product_id: job for job in shop.jobs()}
    for product in live:
        job = newest[product.pk]
        assert job.status == JobStatus.COMPLETED, f"{product}: {job.error_message}"
        statuses = {task.status for task in shop.tasks(job)}
        assert statuses <= {TaskStatus.COMPLETED, TaskStatus.CANCELLED}
    for product in not_live:
        job = newest[product.pk]
        assert job.status == JobStatus.FAILED
        assert job.error_message
        assert job.error_advice


def assert_nothing_is_held(shop: EbayShop) -> None:
    assert shop.lane.due_at is None
    for job in shop.jobs():
        assert (job.lease_token, job.leased_until, job.leased_by) == (None, None, "")


def assert_batches_add_up(shop: EbayShop) -> None:
    jobs = shop.jobs()
    for batch in shop.batches():
        own = Counter(job.status for job in jobs if job.batch_id == batch.pk)
        counted = {
            "COMPLETED": batch.completed_count,
            "FAILED": batch.failed_count,
            "CANCELLED": batch.cancelled_count,
            "EXPIRED": batch.expired_count,
        }
        assert +Counter(counted) == own
        assert batch.total_count == sum(own.values())
        if own["COMPLETED"] == batch.total_count:
            assert batch.status == "COMPLETED"


def assert_failures_are_explained(shop: EbayShop) -> None:
    for attempt in shop.attempts():
        where = f"{attempt.job.product_name}, {attempt.task}: {attempt.error_class}"
        assert attempt.error_class
        assert attempt.message, where
        assert attempt.advice, where
        assert attempt.ended_at >= attempt.started_at, where


def assert_no_completed_task_ran_again(shop: EbayShop) -> None:
    """Nothing was sent for a step after its task had completed, nor more often than it began.

    A step that lost its receipt became PENDING again and completed anew: its last completion
    counts. A request that was answered 401 is sent once more within the same beginning.
    """
    tasks = _tasks_by_write(shop)
    sent: Counter[tuple[str, str]] = Counter()
    for request in writes_of(shop):
        key = (STEP_OF_WRITE[route_of(request)], request["subject"])
        assert tasks[key], f"nobody was to send {key}"
        moments = [_ended(task) for task in tasks[key]]
        arrived = datetime.fromtimestamp(request["time"], UTC)
        assert arrived <= max(moments), f"{key} was sent after it had completed"
        sent[key] += request["status"] != 401
    for key, times in sent.items():
        begun = sum(task.attempt_count for task in tasks[key])
        assert times <= begun, f"{key} was sent {times} times in {begun} beginnings"


def writes_of(shop: EbayShop) -> Iterator[RequestReport]:
    """The seller's writes that tell which product or photo they were about."""
    for request in shop.control.requests():
        own = request["seller"] == shop.seller["username"]
        if own and request["subject"] and route_of(request) in STEP_OF_WRITE:
            yield request


def route_of(request: RequestReport) -> str:
    return f"{request['method']} {request['template']}"


def _tasks_by_write(shop: EbayShop) -> dict[tuple[str, str], list[MarketplaceTask]]:
    """The tasks that may send a write, by step and by what the sandbox calls its subject."""
    known: dict[tuple[str, str], list[MarketplaceTask]] = defaultdict(list)
    skus = {product.pk: shop.sku(product) for product in shop.made}
    for task in shop.tasks():
        sku = skus.get(task.job.product_id or 0, "")
        known[task.step, task.payload.get("checksum", sku)].append(task)
    return known


def _ended(task: MarketplaceTask) -> datetime:
    """When it completed; a task that has not may still send."""
    return task.completed_at or datetime.max.replace(tzinfo=UTC)
