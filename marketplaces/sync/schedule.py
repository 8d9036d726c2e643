"""Accounts sync by themselves: for each there is one waiting job that is due when the next run is.

A run asks for the next one as it ends; one for orders also as it begins, because they are wanted
soon though it may fail. An account is asked for both as it is connected (`ensure`), and what was
lost on the way (a sync that failed) comes back with the hourly `reconcile`. While a question about a run is open, none is asked for: it would take the
question's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import QuerySet
from django.utils import timezone

from marketplaces.connecting import connected_accounts
from marketplaces.models import Account
from tasks import handlers, requests
from tasks.dispatch import timer
from tasks.models import MarketplaceJob, MarketplaceTask, Priority
from tasks.sentences import sentence
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.wording import action_word

INTERVALS: Mapping[str, str] = {"sync": "sync_every_minutes", "orders": "orders_every_minutes"}
"""The account's field by the action."""
PRIORITIES = {"sync": Priority.LOW, "orders": Priority.HIGH}
BY_ITSELF = sentence("the account's interval")
LONGEST_AFTER_FAILURES = timedelta(hours=1)
"""Between runs that fail one after the other, unless the account's own interval is longer."""
_COUNTED_FAILURES = 10
UNREADABLE = "unreadable"
"""In the receipt of the last step of a run for orders: the numbers of those that it could not read."""
FIRST_DELAY = timedelta(minutes=1)
"""Of a new account: its settings are saved first."""


@dataclass(frozen=True, slots=True)
class NextRun:
    """Where the runs of one kind stand, for a page."""

    action: str
    every_minutes: int | None
    last_complete_at: datetime | None
    due_at: datetime | None
    """When the waiting job may begin; None: none waits."""
    is_running: bool
    question: int | None
    """The job that waits for a person's decision."""
    failed: MarketplaceJob | None = None
    """The last run that has ended, if it failed."""
    unreadable: tuple[str, ...] = ()
    """Numbers of the orders that the last run could not read."""

    @property
    def name(self) -> str:
        """What the run does, in the reader's language."""
        return action_word(self.action)


def can(account: Account, action: str) -> bool:
    return handlers.find(account.marketplace, action) is not None


def awaits_first_sync(account: Account) -> bool:
    """Whether no sync has seen yet all that the seller sells there."""
    return account.last_synced_at is None and can(account, "sync")


def every(account: Account, action: str) -> timedelta | None:
    """How long after one run the next begins; None when it does not do so by itself."""
    minutes: int | None = getattr(account, INTERVALS[action])
    return None if minutes is None else timedelta(minutes=minutes)


def request_next(account: Account, action: str) -> None:
    """Runs in the caller's transaction."""
    interval = every(account, action)
    if interval is not None:
        _request(account, action, timezone.now() + interval)


def request_at(account: Account, action: str, due: datetime, *, because: str) -> None:
    """Something was seen that only such a run explains, one that begins no sooner than `due`.

    What waits for a later time is brought forward; what runs may have read too early, and is
    followed by another one. `because` is a stored sentence, of who asks. In a transaction of its own.
    """
    if can(account, action):
        requests.request_job(
            account,
            action,
            priority=PRIORITIES[action],
            run_after=due,
            requested_by=because,
            payload={requests.BROUGHT_FORWARD_BY: because},
        )


def request_in_case_of_failure(account: Account, action: str) -> None:
    """As a run begins: the next one comes at the account's interval even if this one fails.

    Twice as late for each run in a row that failed before.
    """
    interval = every(account, action)
    if interval is None:
        return
    longest = max(interval, LONGEST_AFTER_FAILURES)
    _request(
        account, action, timezone.now() + min(interval * 2 ** _failed(account, action), longest)
    )


def _failed(account: Account, action: str) -> int:
    """How many runs have failed since the last one that did not."""
    ended = [JobStatus.COMPLETED.value, JobStatus.FAILED.value]
    runs = _jobs(account, action).filter(status__in=ended).order_by("-pk")
    statuses = runs.values_list("status", flat=True)[:_COUNTED_FAILURES]
    return len(list(takewhile(lambda status: status == JobStatus.FAILED, statuses)))


def change(account: Account) -> None:
    """The account's intervals were edited: what waits for a later time is asked for anew.

    A run without an interval any more is withdrawn even when it is due, and only waits because
    the account is paused or no worker is free.
    """
    for action in INTERVALS:
        if can(account, action):
            why = sentence("The interval was changed.")
            due_of = BY_ITSELF if every(account, action) is None else None
            requests.cancel_waiting(account, action, why=why, due_of=due_of)
    ensure(account)


def stop(account: Account) -> None:
    """The account was disconnected: no run is wanted of itself."""
    for action in INTERVALS:
        why = sentence("The shop was disconnected.")
        requests.cancel_waiting(account, action, why=why, due_of=BY_ITSELF)


def ensure(account: Account) -> None:
    """Every run that the account wants by itself waits or runs; changes nothing when it does.

    Called as an account is connected, and each hour.
    """
    for action in INTERVALS:
        interval = every(account, action)
        if interval is None or not can(account, action):
            continue
        newest = _newest(account, action)
        if newest is not None and (newest.status in UNFINISHED_JOB or newest.needs_person):
            continue
        last = newest.completed_at if newest else None
        due = timezone.now() + FIRST_DELAY if last is None else last + interval
        is_first = action == "sync" and awaits_first_sync(account)
        # Before publications: it tells what the seller sells there already.
        _request(account, action, due, priority=Priority.HIGH if is_first else None)


@timer.at_reconcile
def reconcile() -> None:
    """For all connected accounts of the current tenant."""
    for account in connected_accounts().order_by("pk").defer("refresh_token", "access_token"):
        ensure(account)


def standing(account: Account) -> list[NextRun]:
    """How it stands with each kind of run that the account can do."""
    last = {"sync": account.last_synced_at, "orders": account.last_orders_at}
    return [
        _standing(account, action, last[action]) for action in INTERVALS if can(account, action)
    ]


def _standing(account: Account, action: str, last: datetime | None) -> NextRun:
    jobs = _jobs(account, action).filter(status__in=in_order(UNFINISHED_JOB))
    found = list(jobs.only("status", "run_after", "wait_reason"))
    # One that let another sweep go first has begun, and has a reason to wait.
    begun = [job for job in found if job.status == JobStatus.RUNNING or job.wait_reason]
    waiting = next((job for job in found if job not in begun), None)
    newest = _newest(account, action)
    return NextRun(
        action=action,
        every_minutes=getattr(account, INTERVALS[action]),
        last_complete_at=last,
        due_at=waiting.run_after if waiting else None,
        is_running=bool(begun),
        question=newest.pk if newest is not None and newest.needs_person else None,
        failed=_last_failure(account, action),
        unreadable=_unreadable(account, action),
    )


def _last_failure(account: Account, action: str) -> MarketplaceJob | None:
    ended = [JobStatus.COMPLETED, JobStatus.FAILED]
    last = _jobs(account, action).filter(status__in=ended).order_by("-pk").first()
    return last if last is not None and last.status == JobStatus.FAILED else None


def _unreadable(account: Account, action: str) -> tuple[str, ...]:
    done = _jobs(account, action).filter(status=JobStatus.COMPLETED).order_by("-pk")
    told = MarketplaceTask.objects.filter(job=done.values("pk")[:1], step="finish")
    receipt = told.values_list("result", flat=True).first()
    return tuple((receipt or {}).get(UNREADABLE, ()))


def waits_already(account: Account, action: str) -> int | None:
    """The job that asking for a run now would change in nothing: due, and before others."""
    waiting = _jobs(account, action).filter(
        status=JobStatus.PENDING, run_after__lte=timezone.now(), priority__lte=Priority.HIGH
    )
    found: int | None = waiting.values_list("pk", flat=True).first()
    return found


def _jobs(account: Account, action: str) -> QuerySet[MarketplaceJob]:
    return MarketplaceJob.objects.filter(account_id=account.pk, product=None, action=action)


def _newest(account: Account, action: str) -> MarketplaceJob | None:
    ended_early = [JobStatus.CANCELLED, JobStatus.EXPIRED]
    jobs = _jobs(account, action).exclude(status__in=ended_early).order_by("-pk")
    found: MarketplaceJob | None = jobs.only(
        "status", "needs_person", "completed_at", "run_after"
    ).first()
    return found


def _request(
    account: Account, action: str, due: datetime, *, priority: Priority | None = None
) -> None:
    requests.request_job(
        account,
        action,
        run_after=due,
        priority=PRIORITIES[action] if priority is None else priority,
        requested_by=BY_ITSELF,
    )
