"""How much there is of everything in a tenant of a certain size."""

from __future__ import annotations

from dataclasses import dataclass

TASKS_PER_JOB = 10
JOBS_PER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything, from the number of tasks."""

    tasks: int

    @property
    def started(self) -> int:
        """Jobs that have tasks."""
        return max(self.tasks // TASKS_PER_JOB, 1)

    @property
    def running(self) -> int:
        return max(self.started // 200, 1)

    @property
    def jobs(self) -> int:
        """With those that were never started."""
        return self.started + max(self.started // 50, 2)

    @property
    def products(self) -> int:
        # No two unfinished jobs may have the same product, and few jobs need few products.
        return max(self.jobs // 5, self.jobs - self.started + self.running)

    @property
    def in_batches(self) -> int:
        """Jobs in batches of the usual size; the newer half is one batch, a whole catalogue."""
        return self.jobs // 2

    @property
    def batches(self) -> int:
        return -(-self.in_batches // JOBS_PER_BATCH) + 1
