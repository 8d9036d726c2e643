"""The tables of the orchestration, all in the tenant's schema."""

from tasks.models.attempts import Outcome, TaskAttempt
from tasks.models.batches import BatchJob
from tasks.models.jobs import MarketplaceJob, Priority, WaitReason
from tasks.models.staff_actions import ActionState, StaffAction, StaffActionOutcome
from tasks.models.stats import MarketplaceJobStats
from tasks.models.tasks import MarketplaceTask

__all__ = [
    "ActionState",
    "BatchJob",
    "MarketplaceJob",
    "MarketplaceJobStats",
    "MarketplaceTask",
    "Outcome",
    "Priority",
    "StaffAction",
    "StaffActionOutcome",
    "TaskAttempt",
    "WaitReason",
]
