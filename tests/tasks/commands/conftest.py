"""Running a command as an operator does: its words, its table and its exit code."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from marketplaces.models import Account
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.models import MarketplaceJob
from tests.tasks.conftest import Bench
from tests.toymarket.world import World


@dataclass(frozen=True)
class Said:
    """What a command printed, the last sentence of an error included, and its exit code."""

    text: str
    code: int


class Operator:
    """Runs commands and is back in the tenant t1 afterwards."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    def run(self, command: str, *arguments: object) -> Said:
        out, code = io.StringIO(), 0
        tenancy.leave()
        try:
            call_command(command, *map(str, arguments), stdout=out)
        except CommandError as error:
            out.write(f"\n{error}")
            code = error.returncode
        finally:
            tenancy.enter(self.tenant)
        return Said(out.getvalue(), code)


@pytest.fixture
def operator(tenant: Tenant) -> Operator:
    return Operator(tenant)


@dataclass(frozen=True)
class Neighbour:
    """The tenant t2 with one failed job, which no command for t1 may touch or show."""

    tenant: Tenant
    job_id: int

    def status(self, back_to: Tenant) -> str:
        with tenancy.inside(self.tenant):
            status = MarketplaceJob.objects.values_list("status", flat=True).get(pk=self.job_id)
        tenancy.enter(back_to)
        return status


@pytest.fixture
def neighbour(bench: Bench, tenant: Tenant, other_tenant: Tenant) -> Neighbour:
    tenancy.enter(other_tenant)
    account = Account.objects.create(marketplace="toy", name="Neighbour's shop")
    theirs = Bench(account, World(bench.world.path.with_name("their-world")))
    job = theirs.request(product=theirs.product("Neighbour's toy"))
    MarketplaceJob.objects.filter(pk=job.pk).update(
        status="FAILED", completed_at=job.created_at, error_class="PermanentError"
    )
    tenancy.enter(tenant)
    return Neighbour(other_tenant, job.pk)


def failed(bench: Bench, word: str = "permanent", step: str = "validate") -> MarketplaceJob:
    """A publish job that has failed at `step`."""
    return bench.work_until_ended(bench.request(script={step: [word] * 9}))


def unknown(bench: Bench) -> MarketplaceJob:
    """A job that needs a person: its listing may exist or not."""
    script = {"create": ["unknown"], "find_listing": ["cannot_tell"] * 6}
    return bench.work_until_ended(bench.request(script=script))
