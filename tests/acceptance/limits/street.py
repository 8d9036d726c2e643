"""Many sellers at one marketplace, which counts their calls together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from marketplaces.models import Product
from marketplaces.sandbox.control import SandboxControl
from stoflow.load.cloning import Template
from stoflow.tenants.models import Tenant
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tests.acceptance.processes import Workers, until
from tests.acceptance.shops import SellersShop

SETTLED = {
    "ETSY_SETTLE_SECONDS": "0",
    "EBAY_SETTLE_SECONDS": "0",
    # Nobody is killed and no call fails: what a busy machine makes wait is not taken for lost.
    "ETSY_DEADLINE_SECONDS": "20",
    "EBAY_DEADLINE_SECONDS": "20",
    "DISPATCH_LEASE_SECONDS": "20",
    # The look through a whole shop at Etsy may take as long as four calls.
    "DISPATCH_LONGEST_STEP_SECONDS": "80",
    "DISPATCH_STUCK_SECONDS": "60",
}


@dataclass
class Street:
    """Sellers side by side, each a tenant with one account; no worker is running yet."""

    control: SandboxControl
    workers: Workers
    shops: list[SellersShop]

    def stock(self, number: int, *photos: str) -> list[Product]:
        """So many new products for each seller."""
        return [shop.product(*photos) for shop in self.shops for _ in range(number)]

    def publish(self) -> None:
        """Each seller asks for everything that they have; nothing is called before workers run."""
        for shop in self.shops:
            for product in shop.made:
                shop.request(product)

    def jobs(self) -> list[MarketplaceJob]:
        return [job for shop in self.shops for job in shop.jobs()]

    def wait_until_all_ended(self, seconds: float) -> None:
        until(lambda: self.is_quiet() and not self.unended(), seconds, "all jobs ended")

    def is_quiet(self) -> bool:
        """Nobody works, and nobody has work that is due: asked often, it costs little."""
        lanes = Lane.objects.filter(due_at__lte=timezone.now())
        return not lanes.exists()

    def unended(self) -> list[MarketplaceJob]:
        return [job for job in self.jobs() if not job.completed_at]

    def assert_limits_were_kept(self) -> None:
        assert self.control.effects()["violations"] == []
        assert [call for call in self.control.requests() if call["status"] == 429] == []

    def assert_all_published_once(self) -> None:
        """And nothing but the limit held anybody up."""
        for shop in self.shops:
            jobs = shop.jobs()
            assert {job.status for job in jobs} == {"COMPLETED"}
            assert [len(shop.live(product)) for product in shop.made] == [1] * len(shop.made)
            assert {each.error_class for each in shop.attempts()} <= {"RateLimitedError"}

    def let_pass(self, time: timedelta) -> None:
        """As if so much time had gone by, for the limits and for everybody who waits for them."""
        for shop in self.shops:
            with shop.inside():
                waiting = "UPDATE marketplace_jobs SET run_after = run_after - %s"
                _write(f"{waiting} WHERE lease_token IS NULL", time)
        _write(_LIMITS, time // timedelta(microseconds=1), time)
        _write("UPDATE public.lanes SET blocked_until = blocked_until - %s", time)
        _write("UPDATE public.lanes SET due_at = due_at - %s", time)


_LIMITS = """
UPDATE public.rate_limits
SET state = (SELECT jsonb_agg(each::bigint - %s) FROM jsonb_array_elements_text(state) AS each),
    blocked_until = blocked_until - %s
"""


def _write(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def schemas(number: int) -> list[str]:
    """The names of so many tenants: those of every test database, and more of the kind."""
    known = list(Tenant.objects.order_by("pk"))
    more = [Tenant(schema_name=f"s{each}", name=f"Seller {each}") for each in range(3, number + 1)]
    Template(known[0]).make(more)
    return [tenant.schema_name for tenant in [*known, *more][:number]]
