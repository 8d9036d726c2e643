"""Asking for work: one job, or a batch of them over many products.

Asking for what already waits returns the waiting job; asking while it runs queues one follow-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction

from tasks import older_jobs
from tasks.dispatch import lanes, queue
from tasks.endings import Cause, end_job
from tasks.handlers import handler_for
from tasks.models import BatchJob, Priority
from tasks.older_jobs import Older
from tasks.progress import as_json
from tasks.sentences import sentence
from tasks.states import JobStatus
from tasks.wording import batch_name

BROUGHT_FORWARD_BY = "brought_forward_by"
"""In the payload of a job: who wants it now, as a sentence, where it may have waited for its time."""


class AccountLike(Protocol):
    """What the engine needs to know of an account."""

    pk: int
    marketplace: str
    name: str


class ProductLike(Protocol):
    """What the engine needs to know of a product."""

    pk: int
    title: str


@dataclass(frozen=True, slots=True)
class Requested:
    """What came of asking for one job."""

    job_id: int
    created: bool
    """False: the same was waiting already, and `job_id` is that job."""


@dataclass(frozen=True, slots=True)
class RequestedBatch:
    """What came of asking for a batch."""

    batch: BatchJob
    created: int
    waiting_already: list[int] = field(default_factory=list)
    """Jobs that other requests had queued: they run, and count where they were made."""
    superseded: list[Older] = field(default_factory=list)
    """Older jobs that were stopped, because this makes them void."""


@dataclass(frozen=True, slots=True)
class _Order:
    """Everything that the jobs of one request share."""

    account: AccountLike
    action: str
    priority: int = Priority.NORMAL
    requested_by: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    run_after: datetime | None = None
    expires_at: datetime | None = None
    batch_id: int | None = None


def request_job(
    account: AccountLike,
    action: str,
    product: ProductLike | None = None,
    *,
    priority: int = Priority.NORMAL,
    requested_by: str = "",
    payload: dict[str, Any] | None = None,
    run_after: datetime | None = None,
    expires_at: datetime | None = None,
) -> Requested:
    """Queue `action` for `product` (None: a sweep of the account) in the current schema.

    Raises UnknownHandlerError when nobody can do it. A waiting job that is asked for again does
    what the newest request says (its payload) and honours both: the higher priority, the earlier
    start, the later expiry, where no expiry is the latest.
    """
    order = _Order(account, action, priority, requested_by, payload or {}, run_after, expires_at)
    with transaction.atomic():
        requested = _insert(order, [product])[0]
        _supersede(order, [product])
        _wake(order)
    queue.wake_workers()
    return requested


def start_batch(
    account: AccountLike,
    action: str,
    products: Sequence[ProductLike],
    *,
    name: str = "",
    priority: int = Priority.NORMAL,
    requested_by: str = "",
    payload: dict[str, Any] | None = None,
    run_after: datetime | None = None,
    expires_at: datetime | None = None,
) -> RequestedBatch:
    """Queue `action` for every product as one batch: all of it, or nothing.

    Without a name it is called by the jobs that it has got: what waited already is in none.
    """
    handler_for(account.marketplace, action)
    with transaction.atomic():
        batch = BatchJob.objects.create(
            name=(name or batch_name(action, len(products), account.marketplace))[:255],
            marketplace=account.marketplace,
            action=action,
            priority=priority,
            requested_by=requested_by,
        )
        order = _Order(
            account, action, priority, requested_by, payload or {}, run_after, expires_at, batch.pk
        )
        requested = _insert(order, products)
        superseded = _supersede(order, products)
        created = sum(job.created for job in requested)
        if created and not name:
            batch.name = batch_name(action, created, account.marketplace)
        _count(batch, created)
        if requested:
            _wake(order)
    queue.wake_workers()
    already = [job.job_id for job in requested if not job.created]
    return RequestedBatch(batch, created, already, superseded)


_WAITING_LONGER = """
SELECT id FROM marketplace_jobs
WHERE account_id = %(account)s AND product_id IS NULL AND action = %(action)s
  AND status = 'PENDING' AND started_at IS NULL
  AND (run_after > clock_timestamp() OR (requested_by = %(due_of)s::text AND NOT plan_again))
"""


def cancel_waiting(
    account: AccountLike, action: str, *, why: str, due_of: str | None = None
) -> bool:
    """Withdraw the request of a sweep that waits for a later time; False when none does.

    `due_of`: one that is due already, too, if this is who had asked for it and nobody
    has retried it since.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WAITING_LONGER, {"account": account.pk, "action": action, "due_of": due_of})
        row = cursor.fetchone()
        if row is None:
            return False
        cause = Cause("WithdrawnError", why, sentence("Nothing to do."))
        return bool(
            end_job(row[0], JobStatus.CANCELLED, token=None, former=JobStatus.PENDING, cause=cause)
        )


_INSERT = """
INSERT INTO marketplace_jobs (
    batch_job_id, marketplace, action, account_id, account_name, product_id, product_name, status,
    priority, payload, handler_version, plan_again, error_class, error_message, error_advice,
    needs_person, attempt_count, attempt_limit, interruption_count, interruption_limit, look_count,
    unanswered_look_count, run_after, wait_reason, expires_at, leased_by, cancel_requested_by, cancel_reason, paused_by,
    pause_reason, requested_by, created_at)
SELECT %(batch)s, %(marketplace)s, %(action)s, %(account)s, %(account_name)s, wanted.product,
       wanted.name, 'PENDING', %(priority)s, %(payload)s::jsonb, 0, false, '', '', '', false, 0, 5,
       0, 10, 0, 0, COALESCE(%(run_after)s, clock_timestamp()), '', %(expires_at)s, '', '', '', '', '',
       %(requested_by)s, clock_timestamp()
FROM unnest(%(products)s::bigint[], %(names)s::text[]) AS wanted (product, name)
ORDER BY wanted.product
ON CONFLICT (account_id, product_id, action) WHERE status = 'PENDING'
DO UPDATE SET priority = LEAST(marketplace_jobs.priority, EXCLUDED.priority),
              run_after = LEAST(marketplace_jobs.run_after, EXCLUDED.run_after),
              payload = EXCLUDED.payload,
              expires_at = CASE WHEN marketplace_jobs.expires_at IS NULL THEN NULL
                                WHEN EXCLUDED.expires_at IS NULL THEN NULL
                                ELSE GREATEST(marketplace_jobs.expires_at, EXCLUDED.expires_at)
                           END
RETURNING id, xmax = 0
"""


def _insert(order: _Order, products: Iterable[ProductLike | None]) -> list[Requested]:
    """One statement for all; the conflict with a waiting job is decided by the unique index.

    In order of the products' ids, so that two batches over the same ones cannot deadlock.
    """
    handler = handler_for(order.account.marketplace, order.action)
    distinct = list({None if p is None else p.pk: p for p in products}.values())
    parameters: dict[str, Any] = {
        "batch": order.batch_id,
        "marketplace": order.account.marketplace,
        "action": order.action,
        "account": order.account.pk,
        "account_name": order.account.name[:200],
        "priority": int(order.priority),
        "payload": as_json(order.payload),
        "run_after": order.run_after,
        "expires_at": None if handler.never_expires else order.expires_at,
        "requested_by": order.requested_by,
        "products": [None if product is None else product.pk for product in distinct],
        "names": ["" if product is None else product.title[:500] for product in distinct],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        return [Requested(job_id, created) for job_id, created in cursor.fetchall()]


def _supersede(order: _Order, products: Iterable[ProductLike | None]) -> list[Older]:
    handler = handler_for(order.account.marketplace, order.action)
    numbers = sorted({product.pk for product in products if product is not None})
    return older_jobs.stop(order.account.pk, handler, numbers, requested_by=order.requested_by)


def _count(batch: BatchJob, created: int) -> None:
    """The batch's jobs are final in number; one without any is completed as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE batch_jobs SET name = %(name)s, total_count = %(n)s, "
            "status = CASE WHEN %(n)s = 0 THEN 'COMPLETED' ELSE status END, "
            "completed_at = CASE WHEN %(n)s = 0 THEN clock_timestamp() END WHERE id = %(id)s",
            {"name": batch.name, "n": created, "id": batch.pk},
        )
    batch.refresh_from_db()


def _wake(order: _Order) -> None:
    """The lane is written last in the transaction."""
    account = order.account
    if not lanes.wake(account.pk, order.run_after):
        handler = handler_for(account.marketplace, order.action)
        lanes.ensure(
            account.pk,
            marketplace=account.marketplace,
            name=account.name,
            concurrency=handler.lane_concurrency,
        )
        lanes.wake(account.pk, order.run_after)
