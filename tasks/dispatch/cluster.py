"""A django-q2 cluster under supervision: started, watched, stopped, started again.

django-q2 can stop for good without a word (a worker killed while it holds the queue's lock, its
issue 23). So this process asks once a second whether work is due, and starts the cluster anew when
due work finds nobody for a while although no worker is inside a step.
"""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection

from tasks.dispatch import machine_clock, presence, pulse, queue, turns
from tasks.dispatch.machine_clock import MachineClock

logger = logging.getLogger(__name__)

STOP_GRACE_SECONDS = 10.0
QUIET_SECONDS = 5.0
"""A cluster that was asked to stop and in which no step runs for so long is stuck."""


PR_SET_PDEATHSIG = 1


def _end_with_supervisor() -> None:
    """In the new process, on Linux: be asked to stop when the supervisor dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Cluster:
    """The processes of one `qcluster`, in a process group of their own."""

    directory: Path
    workers: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    def start(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        environment = {
            **os.environ,
            "WORKERS": str(self.workers),
            pulse.DIRECTORY: str(self.directory),
            pulse.SUPERVISOR: str(os.getpid()),
        }
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            # run_workers has checked what there is to check.
            [sys.executable, "-m", "django", "qcluster", "--skip-checks"],
            env=environment,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            preexec_fn=_end_with_supervisor,  # noqa: PLW1509 - this process has one thread
        )
        logger.info("cluster.started pid=%s workers=%s", self.process.pid, self.workers)

    @property
    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self, grace_seconds: float) -> None:
        """Let every worker finish the task it is in, then end; kill what is left after that.

        Only the main process gets the signal: sent to the group it would cut workers off in the
        middle and leave the main one hanging.
        """
        if self.process is None:
            return
        pulse.stop_file(self.directory).touch()
        if not self.ended:
            self.process.terminate()
            self._wait_for_steps(grace_seconds)
        self.kill()

    def _wait_for_steps(self, grace_seconds: float) -> None:
        """Until the cluster has ended, or no worker has been inside a step for a while."""
        ends_at = time.monotonic() + grace_seconds
        quiet_since = time.monotonic()
        while not self.ended and time.monotonic() < ends_at:
            if self.step_in_progress():
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                break
            time.sleep(0.05)
        if not self.ended:
            logger.warning("cluster.did_not_stop it is killed")

    def kill(self) -> None:
        """End the whole process group at once; whatever it was doing is found by its leases."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def step_in_progress(self) -> bool:
        """Whether a live worker is inside a message and its present step may still be running."""
        now = time.monotonic()
        return any(p.busy_until > now and p.alive for p in pulse.read_all(self.directory))

    def last_message_at(self) -> float:
        """When a worker last began a message, or the cluster was started; monotonic clock."""
        started = (p.message_started_at for p in pulse.read_all(self.directory))
        return max(started, default=0.0) or self.started_at


@dataclass(slots=True)
class Watchdog:
    """Decides whether a cluster is stuck; pure but for what it is told."""

    stuck_seconds: float
    due_since: float | None = None

    def is_stuck(
        self, *, now: float, due: bool, last_message_at: float, step_in_progress: bool
    ) -> bool:
        """Due work for `stuck_seconds`, and all that time no message begun, no step under way."""
        if not due or step_in_progress:
            self.due_since = None
            return False
        if self.due_since is None:
            self.due_since = now
        waited_since = max(self.due_since, last_message_at)
        return now - waited_since >= self.stuck_seconds


@dataclass(slots=True)
class Supervisor:
    """Runs one cluster until `stop` is set; the timer and the watchdog are its loop."""

    cluster: Cluster
    stop: threading.Event = field(default_factory=threading.Event)
    restarts: int = 0
    clock: MachineClock = field(default_factory=lambda: machine_clock.OF_THIS_PROCESS)
    _watchdog: Watchdog = field(
        default_factory=lambda: Watchdog(settings.DISPATCH["stuck_seconds"])
    )
    _presence: presence.Presence = field(init=False)

    def __post_init__(self) -> None:
        self._presence = presence.supervised(self.cluster.workers)

    def run(self) -> None:
        """Block until stopped; then stop the cluster within the grace of one step."""
        self.cluster.start()
        try:
            while not self.stop.wait(1.0):
                self.tick()
        finally:
            longest = settings.DISPATCH["longest_step_seconds"]
            self.cluster.stop(longest + STOP_GRACE_SECONDS)
            shutil.rmtree(self.cluster.directory, ignore_errors=True)
            self._withdraw()

    def tick(self) -> None:
        """One look: wake due lanes, start an ended cluster, replace a stuck one."""
        due = self._wake()
        if self.cluster.ended:
            self._restart("it had ended")
        elif self._watchdog.is_stuck(
            now=time.monotonic(),
            due=due,
            last_message_at=max(self.cluster.last_message_at(), self.cluster.started_at),
            step_in_progress=self.cluster.step_in_progress(),
        ):
            self._restart("due work found no worker")

    def _wake(self) -> bool:
        try:
            if not self.cluster.ended:
                self._presence.tell(self.clock)
            queue.wake_workers()
            return turns.due_lanes(1) > 0
        except DatabaseError as error:
            logger.warning("cluster.database_unreachable %s", error)
            connection.close()
            return False

    def _withdraw(self) -> None:
        try:
            self._presence.withdraw()
        except DatabaseError as error:
            # Nothing is lost: the row grows old, and staff read that nobody has been seen.
            logger.warning("cluster.database_unreachable %s", error)

    def _restart(self, why: str) -> None:
        self.restarts += 1
        logger.error("cluster.restarted count=%s because %s", self.restarts, why)
        self.cluster.kill()
        if time.monotonic() - self.cluster.started_at < 2.0:
            # It did not even come up, most likely because the database is down.
            self.stop.wait(2.0)
        self._watchdog.due_since = None
        self.cluster.start()
