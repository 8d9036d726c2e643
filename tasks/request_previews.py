"""What asking for an action would do for each product: a new job, or one that waits already.

Reads only; by the rules of `tasks.requests`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tasks import older_jobs, replans
from tasks.handlers import handler_for
from tasks.models import MarketplaceJob
from tasks.older_jobs import Older
from tasks.replans import Replan
from tasks.requests import AccountLike, ProductLike
from tasks.sentences import sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """What would become of one product."""

    product_id: int
    waiting_job: int | None
    """The same waits already under this number; no new job."""
    running_job: int | None
    """A job of the same listing that has begun and goes on: the new one follows it."""
    supersedes: tuple[Older, ...]

    @property
    def kind(self) -> str:
        """new, waiting or follow-up."""
        if self.waiting_job is not None:
            return "waiting"
        return "new" if self.running_job is None else "follow-up"

    def __str__(self) -> str:
        if self.waiting_job is not None:
            return sentence("It waits already, as job {id}.", id=self.waiting_job)
        if self.running_job is not None:
            return sentence("A new job, which follows job {id}.", id=self.running_job)
        return sentence("A new job.")


_LOOK = """
SELECT p.id,
       (SELECT w.id FROM marketplace_jobs w
        WHERE w.account_id = %(account)s AND w.product_id = p.id AND w.status = 'PENDING'
          AND w.action = %(action)s LIMIT 1),
       (SELECT r.id FROM marketplace_jobs r
        WHERE r.account_id = %(account)s AND r.product_id = p.id AND r.status = 'RUNNING'
          AND r.id <> ALL(%(ending)s::bigint[]) LIMIT 1)
FROM unnest(%(products)s::bigint[]) AS p (id) ORDER BY p.id
"""


def look(account_id: int, marketplace: str, action: str, products: Sequence[int]) -> list[Asked]:
    """One for each product; UnknownHandlerError when nobody can do it."""
    wanted = sorted(set(products))
    void: dict[int, list[Older]] = defaultdict(list)
    for older in older_jobs.find(account_id, handler_for(marketplace, action), wanted):
        void[older.product_id].append(older)
    parameters: dict[str, Any] = {
        "account": account_id,
        "action": action,
        "ending": [each.job_id for many in void.values() for each in many if each.ends_at_once],
        "products": wanted,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, parameters)
        return [
            Asked(product, waiting, running, tuple(void[product]))
            for product, waiting, running in cursor.fetchall()
        ]


def plan(
    account: AccountLike, action: str, products: Iterable[ProductLike], *, seconds: float
) -> list[Replan]:
    """How a new job for each product would run; fewer, but one, when the time is over."""
    jobs = (
        MarketplaceJob(
            marketplace=account.marketplace,
            action=action,
            account_id=account.pk,
            account_name=account.name,
            product_id=product.pk,
            product_name=product.title,
        )
        for product in products
    )
    return replans.first_plans(jobs, seconds=seconds)
