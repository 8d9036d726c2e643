"""What an action of staff would do to jobs, told before it is done. Reads only.

Every job is judged by one statement with the rules of `tasks.actions`, up to a limit. How the first
of a retry would run is planned afresh, as their worker will (see `tasks.replans`); the others are
counted from their stored plans, or taken to be like a sample of them where nothing is done yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from tasks import cancel_courses, courses, handlers, replans
from tasks.courses import Course
from tasks.models import MarketplaceJob
from tasks.replans import Replan
from tasks.states import RETRYABLE_JOB, UNFINISHED_JOB, in_order
from tasks.wording import subject_of
from tasks.workloads import Workload, spread


@dataclass(frozen=True, slots=True)
class Expected:
    """What would become of one job."""

    job_id: int
    subject: str
    sentence: str
    refused: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of all of them."""

    counted: int
    is_cut_off: bool
    """There are more than `counted`."""
    sentences: dict[str, int]
    """What would be done, and to how many."""
    refused_count: int
    refused: list[Expected]
    done: list[Expected]
    """The first of those to which it would be done, as `refused` are the first refused ones."""
    replans: list[Replan] = field(default_factory=list)
    """How the first of them would be retried, step by step."""
    workload: Workload | None = None
    """All retries together."""

    @property
    def done_count(self) -> int:
        return self.counted - self.refused_count


def preview(kind: str, jobs: QuerySet[MarketplaceJob]) -> Preview:
    """What `tasks.staff_actions` would do to `jobs` now, in order of their ids."""
    most, named = settings.STAFF["previewed"], settings.STAFF["named"]
    ids = list(jobs.order_by("pk").values_list("pk", flat=True)[: most + 1])
    counted, refused, done = ids[:most], [], []
    sentences: Counter[str] = Counter()
    for expected in _judged(kind, counted):
        if expected.refused:
            refused.append(expected)
        else:
            done.append(expected)
            sentences[expected.sentence] += 1
    planned, workload = _retries([one.job_id for one in done]) if kind == "retry" else ([], None)
    return Preview(
        counted=len(counted),
        is_cut_off=len(ids) > most,
        sentences=dict(sentences),
        refused_count=len(refused),
        refused=refused[:named],
        done=done[:named],
        replans=planned,
        workload=workload,
    )


def _retries(ids: list[int]) -> tuple[list[Replan], Workload]:
    """The first ones step by step, and all of them together."""
    seconds = settings.STAFF["planning_ms"] / 2000
    planned = replans.replan(_jobs(ids[: settings.STAFF["planned"]]), seconds=seconds)
    rest = ids[len(planned) :]
    not_begun = replans.not_begun(rest)
    told = replans.workload(planned)
    if len(not_begun) < len(rest):
        told += replans.stored_workload(sorted({*rest} - {*not_begun}))
    if not_begun:
        sample = spread(not_begun, settings.STAFF["sampled"])
        like = replans.workload(replans.replan(_jobs(sample), seconds=seconds))
        told += like.extended_to(len(not_begun))
    return planned, told


def _jobs(ids: Sequence[int]) -> list[MarketplaceJob]:
    """In the order of `ids`."""
    found = MarketplaceJob.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


# The newest job that makes a retry void, as superseding.superseded_by finds it: once for the jobs of
# a product and once for sweeps, because only an equality can use the index.
_NEWER = """
SELECT n.id, n.action, n.status FROM marketplace_jobs n
WHERE {same} AND n.account_id = j.account_id AND n.id > j.id
  AND n.status NOT IN ('CANCELLED', 'EXPIRED')
  AND (EXISTS (SELECT 1 FROM rules r WHERE (r.marketplace, r.newer, r.older)
                                         = (j.marketplace, n.action, j.action))
       OR (n.action = j.action AND NOT EXISTS (
               SELECT 1 FROM known k
               WHERE (k.marketplace, k.action) = (j.marketplace, n.action))))
"""

_JUDGE_RETRY = f"""
WITH rules AS (
    SELECT * FROM unnest(%(markets)s::text[], %(newer)s::text[], %(older)s::text[])
                  AS rule (marketplace, newer, older)
), known AS (
    SELECT * FROM unnest(%(known_markets)s::text[], %(known_actions)s::text[])
                  AS known (marketplace, action)
), judged AS (
    SELECT j.id, j.marketplace, j.action, j.product_name, j.status, j.account_id, j.product_id,
           newer.id AS newer_id, newer.action AS newer_action, newer.status AS newer_status,
           CASE WHEN j.status <> ALL(%(allowed)s) THEN 'STATUS'
                WHEN j.account_id IS NULL THEN 'ACCOUNT_REMOVED'
                WHEN j.product_name <> '' AND j.product_id IS NULL THEN 'PRODUCT_REMOVED'
                WHEN newer.id IS NOT NULL THEN 'SUPERSEDED'
                WHEN EXISTS (
                    SELECT 1 FROM marketplace_jobs w
                    WHERE w.status = 'PENDING' AND w.action = j.action
                      AND w.account_id = j.account_id AND w.product_id = j.product_id
                    UNION ALL
                    SELECT 1 FROM marketplace_jobs w
                    WHERE w.status = 'PENDING' AND w.action = j.action
                      AND w.account_id = j.account_id
                      AND w.product_id IS NULL AND j.product_id IS NULL
                ) THEN 'WAITING_ALREADY'
                ELSE 'RUNS_AGAIN' END AS course
    FROM marketplace_jobs j
    LEFT JOIN LATERAL (
        SELECT * FROM ({_NEWER.format(same="n.product_id = j.product_id")}
                       UNION ALL
                       {_NEWER.format(same="n.product_id IS NULL AND j.product_id IS NULL")}) found
        ORDER BY id DESC LIMIT 1
    ) newer ON true
    WHERE j.id = ANY(%(ids)s)
)
SELECT id, marketplace, action, product_name, status,
       CASE WHEN course = 'RUNS_AGAIN' AND 1 < row_number() OVER (
                     PARTITION BY course, account_id, product_id, action ORDER BY id)
            THEN 'WAITING_ALREADY' ELSE course END,
       newer_id, newer_action, newer_status
FROM judged ORDER BY id
"""

_JUDGE_UNFINISHED = """
SELECT j.id, j.marketplace, j.action, j.product_name, j.status,
       CASE WHEN j.status <> ALL(%(allowed)s) THEN 'ENDED' ELSE {course} END
FROM marketplace_jobs j WHERE j.id = ANY(%(ids)s) ORDER BY j.id
"""

_UNFINISHED = {
    "cancel": cancel_courses.COURSE,
    "pause": """CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'BEING_CANCELLED'
                     WHEN j.paused_at IS NOT NULL THEN 'PAUSED_ALREADY' ELSE 'PAUSED' END""",
    "resume": "'RESUMED'",
}
_REFUSALS = {
    Course.ACCOUNT_REMOVED,
    Course.PRODUCT_REMOVED,
    Course.WAITING_ALREADY,
    Course.BEING_CANCELLED,
    Course.PAUSED_ALREADY,
}


def _judged(kind: str, ids: list[int]) -> list[Expected]:
    if kind == "retry":
        sql, parameters = _JUDGE_RETRY, {"allowed": in_order(RETRYABLE_JOB), **_rules()}
    else:
        sql = _JUDGE_UNFINISHED.format(course=_UNFINISHED[kind])
        parameters = {"allowed": in_order(UNFINISHED_JOB)}
        parameters |= cancel_courses.parameters() if kind == "cancel" else {}
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": ids, **parameters})
        return [_expected(row) for row in cursor.fetchall()]


def _expected(row: Sequence[Any]) -> Expected:
    job_id, marketplace, action, product, status, code, *newer = row
    subject = subject_of(marketplace, action, product)
    match code:
        case "STATUS":
            return Expected(job_id, subject, courses.not_retryable(status), refused=True)
        case "ENDED":
            return Expected(job_id, subject, courses.ended_already(status), refused=True)
        case "SUPERSEDED":
            return Expected(job_id, subject, courses.superseded(*newer), refused=True)
    course = Course[code]
    return Expected(job_id, subject, str(course), refused=course in _REFUSALS)


def _rules() -> dict[str, list[str]]:
    """Which action makes which older one void; for an action without a handler: its own kind."""
    known = handlers.registered()
    rules = [
        (marketplace, newer, older)
        for marketplace, newer in known
        for older in sorted(handlers.handler_for(marketplace, newer).supersedes)
    ]
    return {
        "markets": [marketplace for marketplace, _, _ in rules],
        "newer": [newer for _, newer, _ in rules],
        "older": [older for _, _, older in rules],
        "known_markets": [marketplace for marketplace, _ in known],
        "known_actions": [action for _, action in known],
    }
