"""Jobs of one account, and this process as their worker, with turns, lanes and circuit breaker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketplaces.models import Account, Product
from tasks import requests, tenancy
from tasks.dispatch import lanes, pulse, worker
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob
from tests.passing_time import let_time_pass


@dataclass(frozen=True, slots=True)
class Desk:
    """What is asked for on the account, and how it fares."""

    account: Account

    @classmethod
    def of(cls, account: Account, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
        monkeypatch.setenv(pulse.DIRECTORY, str(folder))
        monkeypatch.setenv(pulse.SUPERVISOR, str(os.getpid()))
        return cls(account)

    def publish(self, model: Product, *, count: int) -> None:
        """Products that are like this one."""
        photos = list(model.images.all())
        for number in range(count):
            product = Product.objects.get(pk=model.pk)
            product.pk, product.sku = None, f"{model.sku}-{number}"
            product.title = f"{model.title} {number}"
            product.save(force_insert=True)
            for photo in photos:
                photo.pk, photo.product = None, product
                photo.save(force_insert=True)
            requests.request_job(self.account, "publish", product)

    def work(self, *, turns: int) -> None:
        """One long after the other, so that whatever waits is due."""
        for _ in range(turns):
            let_time_pass()
            lanes.wake(self.account.pk)
            worker.serve()
            tenancy.enter(tenancy.tenant_named("t1"))

    @property
    def waits_for(self) -> set[str]:
        """What holds up the whole account."""
        lane = Lane.objects.get(account_id=self.account.pk)
        causes = {"outage": lane.outage_since, "consent": lane.consent_needed_at}
        return {name for name, since in causes.items() if since is not None}

    @property
    def jobs(self) -> list[tuple[str, int]]:
        """Status and attempts of each."""
        jobs = MarketplaceJob.objects.filter(account=self.account).order_by("pk")
        return list(jobs.values_list("status", "attempt_count"))
