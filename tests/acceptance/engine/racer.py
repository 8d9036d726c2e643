"""A worker or a member of staff on command: one JSON line in, one JSON line out.

Run as `python -m tests.acceptance.engine.racer`; see `tests.acceptance.processes.Racer`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import django
from django.conf import settings
from django.test import override_settings

django.setup()

from marketplaces.models import Account, Product  # noqa: E402
from stoflow.tenants.models import Tenant  # noqa: E402
from tasks import actions, requests, staff_actions, tenancy  # noqa: E402
from tasks.dispatch import claims, turns  # noqa: E402
from tasks.dispatch.turns import Turn  # noqa: E402
from tasks.errors import MoveRefusedError  # noqa: E402
from tasks.handlers import Step  # noqa: E402
from tasks.models import MarketplaceJob, StaffAction  # noqa: E402
from tasks.orchestrator import TaskOrchestrator  # noqa: E402
from tasks.staff_actions import Wish  # noqa: E402
from tests.toymarket.handlers import PublishHandler  # noqa: E402

held: dict[int, MarketplaceJob] = {}
"""The jobs that this racer has claimed, by id."""


def greet() -> str:
    return "ready"


def claim(lane: int, account: int, lease: float = 30.0) -> int | None:
    job = claims.claim(Turn(lane, tenancy.current_schema(), account), lease_seconds=lease)
    if job is None:
        return None
    held[job.pk] = job
    return job.pk


def run(job: int) -> str:
    return TaskOrchestrator().execute_job_with_tasks(held.pop(job)).name


def settle(lane: int, account: int) -> None:
    turns.settle(Turn(lane, tenancy.current_schema(), account))


def request(account: int, action: str, product: int, payload: dict[str, Any]) -> int:
    requested = requests.request_job(
        Account.objects.get(pk=account),
        action,
        Product.objects.get(pk=product),
        payload=payload,
    )
    return requested.job_id


def batch(account: int, action: str, products: list[int], payload: dict[str, Any]) -> int:
    known = Product.objects.in_bulk(products)
    requested = requests.start_batch(
        Account.objects.get(pk=account),
        action,
        [known[product] for product in products],
        name="Pressed",
        payload=payload,
    )
    return requested.created


def cancel(job: int) -> str:
    try:
        return actions.cancel(MarketplaceJob.objects.get(pk=job), requested_by="staff")
    except MoveRefusedError as error:
        return f"refused: {error}"


def retry(job: int) -> bool:
    return actions.retry(MarketplaceJob.objects.get(pk=job)).retried


def wish(key: str) -> list[Any]:
    """Confirm a form: the recorded action, and whether it is new."""
    action, is_new = staff_actions.begin(Wish("cancel", by="staff", key=UUID(key)))
    return [action.pk, is_new]


def go_on(action: int, cursor: int, page: int) -> bool:
    """As the page of an action does: deal with the next `page` jobs behind `cursor`."""
    recorded = StaffAction.objects.get(pk=action)
    with override_settings(STAFF=settings.STAFF | {"action_jobs": page}):
        return staff_actions.go_on(recorded, MarketplaceJob.objects.all(), cursor=cursor)


def freeze_before(step: str) -> None:
    """From now on this process stops itself after the commit that begins `step`, before it acts."""
    PublishHandler.steps = Freezing(PublishHandler.steps, step)


class Freezing(dict[str, Step]):
    """The steps of a handler; the look-up that precedes one of them never comes back in time."""

    def __init__(self, steps: Any, freezes_at: str) -> None:
        super().__init__(steps)
        self.freezes_at = freezes_at

    def __getitem__(self, step: str) -> Step:
        if step == self.freezes_at:
            os.kill(os.getpid(), signal.SIGSTOP)
        return super().__getitem__(step)


COMMANDS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        greet,
        claim,
        run,
        settle,
        request,
        batch,
        cancel,
        retry,
        wish,
        go_on,
        freeze_before,
    )
}


def obey(line: str) -> Any:
    arguments = json.loads(line)
    time.sleep(arguments.pop("after", 0))
    try:
        return COMMANDS[arguments.pop("do")](**arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test judges it
        return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    with tenancy.inside(Tenant.objects.get(schema_name="t1")):
        for line in sys.stdin:
            sys.stdout.write(json.dumps(obey(line)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
