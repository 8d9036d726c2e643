"""What staff see of the orchestration: jobs, batches, statistics, and django-q2's own records."""

from tasks.admin import batches, jobs, staff_actions, statistics, wake_ups

__all__ = ["batches", "jobs", "staff_actions", "statistics", "wake_ups"]
