"""Pausing and resuming an account's work, recorded; and what that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks import handlers, staff_actions
from tasks.courses import Course
from tasks.dispatch import lanes, queue
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, StaffAction, StaffActionOutcome
from tasks.pauses import PAUSE_ACCOUNT, RESUME_ACCOUNT
from tasks.sentences import translated
from tasks.staff_actions import Wish
from tasks.states import JobStatus
from tasks.tenancy import current_schema
from tasks.waiting_jobs import WAITING
from tasks.wording import account_words, marketplace_name

PAUSE, RESUME, GO_ON = PAUSE_ACCOUNT, RESUME_ACCOUNT, "go_on_account"


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """What pausing or resuming the work on an account, or letting it go on, would do."""

    sentences: list[str]
    refusal: str = ""


def lane_of(account_id: int) -> Lane | None:
    """The lane of an account of the current schema; None before anything was asked of it."""
    return Lane.objects.filter(schema_name=current_schema(), account_id=account_id).first()


def may_go_on(lane: Lane | None) -> bool:
    """Whether the account's work has stopped until staff let it go on."""
    return bool(
        lane and lane.consent_needed_at is not None and handlers.goes_on_by_hand(lane.marketplace)
    )


def preview(kind: str, lane: Lane) -> AccountPreview:
    """What `perform` would do now."""
    if kind == PAUSE and lane.paused_at is not None:
        return AccountPreview([], str(Course.LANE_PAUSED_ALREADY))
    if kind == RESUME and lane.paused_at is None:
        return AccountPreview([], str(Course.LANE_NOT_PAUSED))
    if kind == GO_ON and not may_go_on(lane):
        return AccountPreview([], str(Course.LANE_NOT_STOPPED))
    jobs = MarketplaceJob.objects.filter(account_id=lane.account_id).order_by()
    most = settings.STAFF["listed"]
    is_running = Q(status=JobStatus.RUNNING.value, lease_token__isnull=False)
    running = jobs.filter(is_running)[:most].count()
    waiting = jobs.filter(WAITING)[:most].count()
    if kind == PAUSE:
        return AccountPreview(_of_a_pause(waiting, running))
    return AccountPreview(
        _of_a_resume(lane, waiting) if kind == RESUME else _of_going_on(lane, waiting)
    )


def perform(wish: Wish, lane: Lane) -> StaffAction:
    """Pause, resume or let go on, once for each key of a wish."""
    if wish.kind == PAUSE:
        return _on_lane(
            wish,
            lane,
            lambda: lanes.pause(lane.account_id, by=wish.by, reason=wish.reason),
            done=Course.LANE_PAUSED,
            refused=Course.LANE_PAUSED_ALREADY,
        )
    if wish.kind == GO_ON:
        return _on_lane(
            wish,
            lane,
            lambda: may_go_on(lane) and lanes.consent_given(lane.account_id),
            done=Course.LANE_LET_GO_ON,
            refused=Course.LANE_NOT_STOPPED,
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
                subject=account_words(lane.account_name, lane.marketplace),
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
        told.append(
            _("Somebody still has to let the account's work go on before anything runs.")
            if handlers.goes_on_by_hand(lane.marketplace)
            else _("The seller still has to connect the account again before anything runs.")
        )
    if lane.offline_since is not None:
        told.append(_("The seller's side is missing: nothing runs before it is there again."))
    return told


def _of_going_on(lane: Lane, waiting: int) -> list[str]:
    there = {"marketplace": marketplace_name(lane.marketplace)}
    told = [
        _("It stopped because: %(reason)s") % {"reason": translated(lane.consent_reason)},
        _(
            "First, at %(marketplace)s and by hand: the seller signs in as the account's own "
            "member, and answers whatever %(marketplace)s asks."
        )
        % there,
        _("Only then let it go on. If %(marketplace)s refuses again, it stops again.") % there,
        _wait(waiting),
    ]
    if lane.paused_at is not None:
        told.append(_("The work is paused besides: it goes on once that is lifted, too."))
    return told


def _wait(waiting: int) -> str:
    if not waiting:
        return _("No job waits now.")
    if waiting >= settings.STAFF["listed"]:
        return _("More than %(n)d jobs wait.") % {"n": settings.STAFF["listed"]}
    return ngettext("%(n)d job waits.", "%(n)d jobs wait.", waiting) % {"n": waiting}
