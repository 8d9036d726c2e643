"""What brings forgotten work back: the tick that wakes due lanes, the hourly reconcile."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter

from tasks import tenancy
from tasks.dispatch import lanes, presence, queue, turns
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.states import UNFINISHED_JOB, in_order
from tasks.tenancy import TenantLike

logger = logging.getLogger(__name__)

_each_tenant: list[Callable[[], None]] = []


def at_reconcile(function: Callable[[], None]) -> Callable[[], None]:
    """Decorator: `function` is called in every tenant's schema at each reconcile."""
    _each_tenant.append(function)
    return function


def tick() -> int:
    """Send the wake-ups that due lanes need; how many. Called each second and each minute."""
    tenancy.leave()
    presence.tell_for_plain_cluster()
    return queue.wake_workers()


def reconcile() -> int:
    """Recompute every lane's due time from the tenants' jobs; how many lanes there are.

    Lanes that are missing although their account has unfinished jobs are made again. Those of
    removed sellers go: whoever was in a seller's schema during the removal may have made one.
    """
    tenancy.leave()
    lanes_by_schema = {
        schema: list(group)
        for schema, group in groupby(
            Lane.objects.order_by("schema_name", "id"), key=attrgetter("schema_name")
        )
    }
    count = 0
    # Read after the lanes: who has a lane was there before.
    tenants = tenancy.every_tenant()
    for schema in lanes_by_schema.keys() - {tenant.schema_name for tenant in tenants}:
        logger.warning("dispatch.lanes_without_tenant schema=%s", schema)
        lanes.remove_of(schema)
    for tenant in tenants:
        count += sum(1 for _ in _reconcile_tenant(tenant, lanes_by_schema))
    presence.forget_old()
    queue.wake_workers()
    return count


def _reconcile_tenant(tenant: TenantLike, lanes_by_schema: dict[str, list[Lane]]) -> Iterator[Turn]:
    with tenancy.inside(tenant):
        for function in _each_tenant:
            try:
                function()
            except Exception:
                # One seller's trouble must not keep the others' lanes from being recomputed.
                logger.exception("dispatch.reconcile_failed schema=%s", tenant.schema_name)
        known = lanes_by_schema.get(tenant.schema_name, [])
        for lane in [*known, *_missing_lanes(tenant.schema_name, known)]:
            turn = Turn(lane.pk, lane.schema_name, lane.account_id)
            turns.settle(turn)
            yield turn


def _missing_lanes(schema_name: str, known: list[Lane]) -> list[Lane]:
    waiting = (
        MarketplaceJob.objects.filter(status__in=in_order(UNFINISHED_JOB), account__isnull=False)
        .exclude(account_id__in=[lane.account_id for lane in known])
        .order_by("account_id")
        .values_list("account_id", "marketplace", "account_name")
        .distinct()
    )
    for account_id, marketplace, name in waiting:
        logger.warning("dispatch.lane_missing schema=%s account=%s", schema_name, account_id)
        lanes.ensure(account_id, marketplace=marketplace, name=name)
    accounts = {account_id for account_id, _, _ in waiting}
    return list(Lane.objects.filter(schema_name=schema_name, account_id__in=accounts))
