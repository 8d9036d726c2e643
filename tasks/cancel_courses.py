"""Which course `tasks.actions.cancel` takes with a job, as an expression: for previews of it."""

from __future__ import annotations

from tasks import handlers

COURSE = """
CASE WHEN j.lease_token IS NOT NULL THEN 'CANCELLED_AFTER_TASK'
     WHEN EXISTS (
         SELECT 1 FROM marketplace_tasks t,
                unnest(%(markets)s::text[], %(actions)s::text[], %(steps)s::text[])
                AS point (marketplace, action, step)
         WHERE t.job_id = j.id AND t.status = 'COMPLETED'
           AND (point.marketplace, point.action, point.step) = (j.marketplace, j.action, t.step)
     ) THEN 'TOO_LATE_TO_CANCEL'
     WHEN EXISTS (SELECT 1 FROM marketplace_tasks t WHERE t.job_id = j.id AND t.status = 'UNKNOWN')
     THEN 'CANCELLED_ONCE_KNOWN'
     ELSE 'CANCELLED' END
"""
"""The name of a `Course` for an unfinished job `j`; needs `parameters`."""


def parameters() -> dict[str, list[str]]:
    """The points of no return of every handler."""
    points = [
        (marketplace, action, step)
        for marketplace, action in handlers.registered()
        for step in sorted(handlers.handler_for(marketplace, action).points_of_no_return)
    ]
    return {
        "markets": [marketplace for marketplace, _, _ in points],
        "actions": [action for _, action, _ in points],
        "steps": [step for _, _, step in points],
    }
