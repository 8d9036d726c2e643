"""What one wake-up does in a worker process: lanes in turn, jobs of a lane one by one."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection

from tasks import tenancy
from tasks.dispatch import claims, machine_clock, outages, presence, pulse, queue, turns
from tasks.dispatch.machine_clock import MachineClock
from tasks.dispatch.turns import Turn
from tasks.job_run import RunEnd
from tasks.models import WaitReason
from tasks.orchestrator import TaskOrchestrator

logger = logging.getLogger(__name__)


STOP_CHECK_SECONDS = 0.05
"""Asking whether to stop reads two files, which costs as much as a tenth of a short task."""
CLOCK_CHECK_SECONDS = 0.2
"""Between two looks whether to stop, or whether this machine's clock is right again."""


@dataclass(slots=True)
class Budget:
    """How long a message, and within it a turn, may go on. Seconds on the monotonic clock."""

    message_seconds: float
    turn_seconds: float
    turn_jobs: int
    began: float = field(default_factory=time.monotonic)
    turn_began: float = 0.0
    jobs: int = 0
    stop_checked: float = -STOP_CHECK_SECONDS

    def next_turn(self) -> bool:
        """Begin a turn, unless the message's time is up."""
        self.turn_began, self.jobs = time.monotonic(), 0
        return self.turn_began - self.began < self.message_seconds and not pulse.stop_wanted()

    def next_job(self) -> bool:
        self.jobs += 1
        return self.jobs <= self.turn_jobs and not self.reason_to_stop()

    def reason_to_stop(self) -> WaitReason:
        """Why to let go between two tasks; NONE while the turn lasts."""
        pulse.beat()
        now = time.monotonic()
        if now - self.stop_checked >= STOP_CHECK_SECONDS:
            self.stop_checked = now
            if pulse.stop_wanted():
                return WaitReason.SHUTDOWN
        return WaitReason.TURN if now - self.turn_began >= self.turn_seconds else WaitReason.NONE


def serve(clock: MachineClock = machine_clock.OF_THIS_PROCESS) -> str:
    """Serve due lanes until none is due or the message's time is up; what was done, in words.

    No turn is begun while this machine's clock is wrong.
    """
    pulse.message_started()
    budget = Budget(
        settings.DISPATCH["message_seconds"],
        settings.DISPATCH["turn_seconds"],
        settings.DISPATCH["turn_jobs"],
    )
    served = 0
    try:
        tenancy.leave()
        presence.tell_for_plain_cluster(clock)
        _wait_for_right_clock(clock, budget)
        while (
            clock.wrong_by() is None and budget.next_turn() and (turn := turns.take()) is not None
        ):
            _serve_turn(turn, budget)
            served += 1
        if not pulse.stop_wanted():
            queue.wake_workers()
    except DatabaseError:
        # The database went away: leases and due times bring the work back, so the message may go.
        logger.exception("dispatch.database_error")
        connection.close_if_unusable_or_obsolete()
    finally:
        tenancy.leave()
        pulse.idle()
    return f"{served} turns"


def _wait_for_right_clock(clock: MachineClock, budget: Budget) -> None:
    """Until the clock is right, or as long as the message may last.

    Who gave the message back at once would get it again before a worker of another machine does.
    """
    while clock.wrong_by() is not None and budget.next_turn():
        time.sleep(CLOCK_CHECK_SECONDS)


def _serve_turn(turn: Turn, budget: Budget) -> None:
    try:
        tenant = tenancy.tenant_named(turn.schema_name)
    except tenancy.UnknownTenantError:
        _forget(turn)
        return
    with tenancy.inside(tenant):
        claims.rescue(turn)
        claims.expire(turn)
        orchestrator = TaskOrchestrator(budget.reason_to_stop)
        if _is_answered(turn):
            _run_jobs(turn, budget, orchestrator)
        turns.settle(turn, answered=orchestrator.answered, refused=orchestrator.refused)


def _is_answered(turn: Turn) -> bool:
    return not turn.probe_first or outages.is_over(turn)


def _run_jobs(turn: Turn, budget: Budget, orchestrator: TaskOrchestrator) -> None:
    lease = settings.DISPATCH["lease_seconds"]
    while budget.next_job() and (job := claims.claim(turn, lease_seconds=lease)) is not None:
        if orchestrator.execute_job_with_tasks(job) is RunEnd.LOST:
            claims.rescue(turn)


def _forget(turn: Turn) -> None:
    """The seller is gone: nobody will ever need this lane again."""
    logger.warning("dispatch.lane_without_tenant schema=%s", turn.schema_name)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.lanes WHERE id = %s", [turn.lane_id])
