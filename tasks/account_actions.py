"""Pausing and resuming an account's work, recorded; and what that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks import staff_actions
from tasks.courses import Course
from tasks.dispatch import lanes, queue
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tasks.pauses import PAUSE_ACCOUNT, RESUME_ACCOUNT
from tasks.staff_actions import Wish
from tasks.states import UNFINISHED_JOB, in_order
from tasks.tenancy import current_schema

PAUSE, RESUME = PAUSE_ACCOUNT, RESUME_ACCOUNT


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """What pausing or resuming the work on an account would do."""

    sentences: list[str]
    refusal: str = ""


def lane_of(account_id: int) -> Lane | None:
    """The lane of an account of the current schema; None before anything was asked of it."""
    return Lane.objects.filter(schema_name=current_schema(), account_id=account_id).first()


def preview(kind: str, lane: Lane) -> AccountPreview:
    """What `perform` would do now."""
    if kind == PAUSE and lane.paused_at is not None:
        return AccountPreview([], str(Course.LANE_PAUSED_ALREADY))
    if kind == RESUME and lane.paused_at is None:
        return AccountPreview([], str(Course.LANE_NOT_PAUSED))
    unfinished = MarketplaceJob.objects.filter(
        account_id=lane.account_id, status__in=in_order(UNFINISHED_JOB)
    ).order_by()
    most = settings.STAFF["listed"]
    running = unfinished.filter(lease_token__isnull=False)[:most].count()
    waiting = unfinished.filter(lease_token__isnull=True)[:most].count()
    told = _of_a_pause(waiting, running) if kind == PAUSE else _of_a_resume(lane, waiting)
    return AccountPreview(told)


def perform(wish: Wish, lane: Lane) -> StaffAction:
    """Pause or resume, once for each key of a wish."""
    if wish.kind == PAUSE:
        return _on_lane(
            wish,
            lane,
            lambda: lanes.pause(lane.account_id, by=wish.by, reason=wish.reason),
            done=Course.LANE_PAUSED,
            refused=Course.LANE_PAUSED_ALREADY,
        )
    return _on_lane(
        wish,
        lane,
        lambda: lanes.resume(lane.account_id),
        done=Course.LANE_RESUMED,
        refused=Course.LANE_NOT_PAUSED,
    )


def _on_lane(
    wish: Wish, lane: Lane, change: Callable[[], bool], *, done: Course, refused: Course
) -> StaffAction:
    with transaction.atomic():
        action, is_new = staff_actions.begin(wish)
        if is_new:
            changed = change()
            line = StaffActionOutcome(
                account_id=lane.account_id,
                subject=lane.account_name,
                done=changed,
                sentence=str(done if changed else refused),
            )
            staff_actions.record(action, [line])
    queue.wake_workers()
    return action


def _of_a_pause(waiting: int, running: int) -> list[str]:
    told = [str(Course.LANE_PAUSED), _wait(waiting)]
    if running:
        told.append(
            ngettext(
                "%(n)d job is being worked on: the task that runs now is finished first.",
                "%(n)d jobs are being worked on: the tasks that run now are finished first.",
                running,
            )
            % {"n": running}
        )
    told.append(_("What is asked for meanwhile waits too; nothing is lost."))
    return told


def _of_a_resume(lane: Lane, waiting: int) -> list[str]:
    told = [str(Course.LANE_RESUMED), _wait(waiting)]
    if lane.consent_needed_at is not None:
        told.append(_("The seller still has to connect the account again before anything runs."))
    if lane.offline_since is not None:
        told.append(_("The seller's side is missing: nothing runs before it is there again."))
    return told


def _wait(waiting: int) -> str:
    if not waiting:
        return _("No job waits now.")
    if waiting >= settings.STAFF["listed"]:
        return _("More than %(n)d jobs wait.") % {"n": settings.STAFF["listed"]}
    return ngettext("%(n)d job waits.", "%(n)d jobs wait.", waiting) % {"n": waiting}
