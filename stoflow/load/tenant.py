"""One seller's products, listings and jobs, as many as wanted, in the schema that one is in.

What a job looks like follows from its number, so the same size gives the same load again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Model

from marketplaces.models import Account, Listing, Product, ProductImage
from stoflow.load import extremes
from stoflow.load.rows import analyse, continue_numbers, insert
from tasks.cause_keys import key_of
from tasks.dispatch import turns
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import (
    BatchJob,
    MarketplaceJob,
    MarketplaceJobStats,
    MarketplaceTask,
    StaffAction,
    StaffActionOutcome,
    TaskAttempt,
)
from tasks.tenancy import current_schema

TASKS_PER_JOB = 10
JOBS_PER_BATCH = 500
SLICE = 2_000
"""Jobs that one statement makes."""
WORTH_ANALYSING = 10_000
"""Tasks from which on the planner's guesses matter."""

_FILLED: tuple[type[Model], ...] = (
    Account,
    Product,
    ProductImage,
    Listing,
    BatchJob,
    MarketplaceJob,
    MarketplaceTask,
    TaskAttempt,
    MarketplaceJobStats,
    StaffAction,
    StaffActionOutcome,
)
CAUSES = """
(VALUES
  (0, 'NotFitForEbayError', 1, 1, false, 'PERMANENT',
   'The product cannot go to eBay: there is no photo.',
   'Put right what is listed, then retry the job.'),
  (1, 'NotFitForEbayError', 1, 1, false, 'PERMANENT',
   'The product cannot go to eBay: the title has @ characters, eBay takes 80.',
   'Put right what is listed, then retry the job.'),
  (2, 'EbayRefusedError', 9, 1, false, 'PERMANENT',
   'eBay refused to publish the offer: The category @ is not valid for this site (eBay''s number 25005).',
   'Choose another eBay category in the account''s settings, then retry the job.'),
  (3, 'EbayRefusedError', 7, 1, false, 'PERMANENT',
   'eBay refused to make the offer: Add the aspect Taille (eBay''s number 25029).',
   'Add what the category asks for to the product''s options, then retry the job.'),
  (4, 'TransientError', 4, 5, false, 'TRANSIENT',
   'eBay failed when asked to take the photo: There was a problem with an eBay internal system (eBay''s number 2003).',
   'Nothing to do: StoFlow tries again by itself.'),
  (5, 'NeedsPersonError', 7, 6, true, 'UNKNOWN',
   'eBay has more than one offer for this product: @1, @2.',
   'Look at the marketplace, then answer on this job: it exists there (with its id), or it does not exist.'),
  (6, 'JobKillsWorkersError', 3, 10, false, 'INTERRUPTED',
   'Workers died 10 times in a row at the same place of this job.',
   'Look at the product, then retry the job; if it happens again, tell the operators.'),
  (7, 'KeyError', 8, 5, false, 'TRANSIENT',
   '''listingPolicies''',
   'This is a fault in StoFlow: tell the operators, the traceback is on the attempt.')
) AS cause (number, error_class, position, attempts, needs_person, outcome, message, advice)
"""
STEPS = """
(VALUES
  (1, 'validate', 'Validate product'),
  (2, 'map_product', 'Map to eBay'),
  (3, 'upload_image', 'Upload image 1/3'),
  (4, 'upload_image', 'Upload image 2/3'),
  (5, 'upload_image', 'Upload image 3/3'),
  (6, 'save_inventory_item', 'Save inventory item'),
  (7, 'create_offer', 'Create offer'),
  (8, 'update_offer', 'Check the offer''s price and terms'),
  (9, 'publish_offer', 'Publish offer'),
  (10, 'save_result', 'Save result')
) AS step (position, name, title)
"""
# Any number from another one, evenly spread, and the same one each time.
_CHANCE = "(hashint8({0}) & 2147483647)"
# The frequent causes, as in life, make most of the failures.
_CAUSE_OF_JOB = f"""
(ARRAY[0,0,0,0,0,1,1,1,1,2,2,2,3,3,4,4,5,6,7,7])[1 + ({_CHANCE.format("j.id")} / 1000) %% 20]
"""
_STOPPED_AT = f"""
CASE j.status WHEN 'COMPLETED' THEN {TASKS_PER_JOB + 1}
              WHEN 'FAILED' THEN cause.position
              ELSE 1 + {_CHANCE.format("j.id")} %% 9 END
"""
_TRACEBACK = """
'Traceback (most recent call last):' || E'\\n' || repeat(
  '  File "/srv/stoflow/tasks/orchestrator.py", line 187, in _act' || E'\\n' ||
  '    receipt = step.function(self.handler, task_run)' || E'\\n', 12) ||
  cause.error_class || ': ' || j.error_message
"""
_EVIDENCE = """
jsonb_build_object(
  'request', jsonb_build_object('method', 'POST',
    'url', 'https://api.ebay.com/sell/inventory/v1/offer/' || j.id,
    'headers', jsonb_build_object('Authorization', '(removed)', 'Content-Language', 'fr-FR'),
    'body', '{"sku": "' || j.product_id || '", "format": "FIXED_PRICE", "listingDescription": "'
            || repeat('Une belle description. ', 20) || '"}'),
  'answer', jsonb_build_object('status', 400, 'milliseconds', 212,
    'headers', jsonb_build_object('content-type', 'application/json'),
    'body', '{"errors": [{"errorId": 25005, "message": "' || repeat('eBay says no. ', 20) || '"}]}'))
"""


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


def fill(size: Size) -> Iterator[int]:
    """Fill the tenant's empty tables; yields how many tasks have just been made."""
    _catalogue(size)
    _batches(size)
    for first in range(1, size.jobs + 1, SLICE):
        bounds = {"first": first, "last": min(first + SLICE - 1, size.jobs)}
        _jobs(size, bounds)
        made = _tasks(bounds)
        _attempts(bounds)
        _statistics(bounds)
        yield made
    _listings()
    _name_causes()
    if size.tasks >= WORTH_ANALYSING:
        extremes.lengthen_a_job(TASKS_PER_JOB)
    extremes.staff_actions(size.tasks, size.jobs)
    _count_batches()
    _lanes()
    for model in _FILLED:
        continue_numbers(model)
        if size.tasks >= WORTH_ANALYSING:
            analyse(model)


def _catalogue(size: Size) -> None:
    insert(
        Account,
        {
            "id": "n",
            "marketplace": "'ebay'",
            "name": "(ARRAY['Main shop', 'Outlet'])[n]",
            "settings": """'{"marketplace_id": "EBAY_FR"}'::jsonb""",
            "created_at": "now()",
            "updated_at": "now()",
        },
        "generate_series(1, 2) n",
    )
    insert(
        Product,
        {
            "id": "n",
            "sku": "'LOAD-' || n",
            "title": "(ARRAY['Linen shirt', 'Denim jacket', 'Leather belt', 'Silk scarf', "
            "'Wool coat', 'Canvas bag', 'Suede boots'])[1 + n %% 7] || ' no. ' || n",
            "description": "'<p>' || repeat('Well kept, from a smoke-free home. ', 12) || '</p>'",
            "brand": "'Brand ' || n %% 40",
            "product_type": "'Type ' || n %% 25",
            "tags": """'["vintage", "women"]'::jsonb""",
            "options": """jsonb_build_object('Size', (ARRAY['S', 'M', 'L'])[1 + n %% 3])""",
            "condition": "'Used'",
            "barcode": "(4006381000000 + n)::text",
            "price": "5 + n %% 200",
            "stock": "n %% 5",
            "handle": "'product-' || n / 3",
            "created_at": "now() - interval '200 days'",
            "updated_at": "now()",
        },
        "generate_series(1, %(products)s::int) n",
        products=size.products,
    )
    insert(
        ProductImage,
        {
            "product_id": "n",
            "position": "p",
            "url": "'https://photos.example/' || n || '-' || p || '.jpg'",
            "checksum": "encode(sha256((n || '-' || p)::bytea), 'hex')",
        },
        "generate_series(1, %(products)s::int) n, generate_series(1, 3) p",
        products=size.products,
    )


def _batches(size: Size) -> None:
    insert(
        BatchJob,
        {
            "id": "n",
            "name": "'Publish ' || n || ' products on eBay'",
            "marketplace": "'ebay'",
            "action": "'publish'",
            "requested_by": "(ARRAY['mia', 'sam', 'ana'])[1 + n %% 3]",
            "created_at": "now()",
        },
        "generate_series(1, %(batches)s::int) n",
        batches=size.batches,
    )


def _jobs(size: Size, bounds: dict[str, int]) -> None:
    insert(
        MarketplaceJob,
        {
            "id": "j.id",
            "batch_job_id": f"CASE WHEN j.id <= %(in_batches)s::int "
            f"THEN 1 + (j.id - 1) / {JOBS_PER_BATCH} ELSE %(batches)s::int END",
            "marketplace": "'ebay'",
            "action": "'publish'",
            "account_id": "1 + j.product_id %% 2",
            "account_name": "(ARRAY['Main shop', 'Outlet'])[(1 + j.product_id %% 2)::int]",
            "product_id": "j.product_id",
            "product_name": "product.title",
            "status": "j.status",
            "priority": "1 + j.chance %% 4",
            "result": "CASE WHEN j.status = 'COMPLETED' "
            "THEN jsonb_build_object('listing_id', (110550000000 + j.id)::text) END",
            "handler_version": "CASE WHEN j.started THEN 1 ELSE 0 END",
            "error_class": "COALESCE(cause.error_class, '')",
            "error_message": "COALESCE(replace(cause.message, '@', (81 + j.chance %% 60)::text), '')",
            "error_advice": "COALESCE(cause.advice, '')",
            "needs_person": "COALESCE(cause.needs_person, false)",
            "run_after": "j.created_at",
            "wait_reason": "CASE WHEN j.status = 'RUNNING' THEN "
            "(ARRAY['RETRY', 'TURN', 'LIMIT', 'LOOK', 'CONSENT'])[1 + j.chance %% 5] ELSE '' END",
            "requested_by": "(ARRAY['mia', 'sam', 'ana'])[1 + j.chance %% 3]",
            "created_at": "j.created_at",
            "started_at": "CASE WHEN j.started THEN j.created_at + interval '4 seconds' END",
            "run_started_at": "CASE WHEN j.started THEN j.created_at + interval '4 seconds' END",
            "completed_at": "CASE WHEN j.status NOT IN ('PENDING', 'RUNNING') "
            "THEN j.created_at + (10 + j.chance %% 60) * interval '1 second' END",
        },
        f"""(
            SELECT shaped.*, shaped.id <= %(started)s::int AS started, CASE
                WHEN shaped.id > %(started)s::int AND shaped.chance %% 4 = 0 THEN 'EXPIRED'
                WHEN shaped.id > %(started)s::int THEN 'PENDING'
                WHEN shaped.id > %(started)s::int - %(running)s::int THEN 'RUNNING'
                WHEN shaped.chance %% 1000 < 930 THEN 'COMPLETED'
                WHEN shaped.chance %% 1000 < 980 THEN 'FAILED'
                ELSE 'CANCELLED' END AS status
            FROM (
                SELECT id, {_CHANCE.format("id")} AS chance, 1 + (id - 1) %% %(products)s::int AS product_id,
                       now() - (%(jobs)s::int - id) * (interval '180 days' / %(jobs)s::int) AS created_at
                FROM generate_series(%(first)s::bigint, %(last)s::bigint) id
            ) AS shaped
        ) AS j
        JOIN products product ON product.id = j.product_id
        LEFT JOIN {CAUSES} ON j.status = 'FAILED' AND cause.number = {_CAUSE_OF_JOB}""",
        **bounds,
        started=size.started,
        running=size.running,
        products=size.products,
        jobs=size.jobs,
        in_batches=size.in_batches,
        batches=size.batches,
    )


_STARTED_JOBS = f"""
marketplace_jobs j
LEFT JOIN {CAUSES} ON j.status = 'FAILED' AND cause.number = {_CAUSE_OF_JOB}
CROSS JOIN LATERAL (SELECT {_STOPPED_AT} AS at) AS stopped
"""
_THESE = "j.id BETWEEN %(first)s::bigint AND %(last)s::bigint AND j.started_at IS NOT NULL"


def _tasks(bounds: dict[str, int]) -> int:
    return insert(
        MarketplaceTask,
        {
            "id": f"(j.id - 1) * {TASKS_PER_JOB} + step.position",
            "job_id": "j.id",
            "name": "step.title",
            "position": "step.position",
            "status": """CASE
                WHEN step.position < stopped.at THEN 'COMPLETED'
                WHEN j.status = 'CANCELLED' THEN 'CANCELLED'
                WHEN j.status = 'FAILED' AND step.position = stopped.at
                THEN CASE WHEN j.needs_person THEN 'UNKNOWN' ELSE 'FAILED' END
                ELSE 'PENDING' END""",
            "step": "step.name",
            "payload": """CASE WHEN step.name = 'upload_image' THEN jsonb_build_object(
                'position', step.position - 2,
                'checksum', encode(sha256((j.product_id || '-' || step.position - 2)::bytea), 'hex'))
                ELSE jsonb_build_object('sku', 'load' || j.product_id, 'content', md5(j.id::text)) END""",
            "result": """CASE WHEN step.position >= stopped.at THEN NULL
                WHEN step.name = 'upload_image' THEN jsonb_build_object(
                    'image_id', md5(j.id || '-' || step.position),
                    'url', 'https://i.ebayimg.com/images/g/' || md5(j.id || '-' || step.position)
                           || '/s-l1600.jpg',
                    'expires_at', '2026-12-24T10:00:00Z')
                WHEN step.name = 'create_offer' THEN jsonb_build_object(
                    'offer_id', (9000000000 + j.id)::text, 'content', md5(j.id::text))
                WHEN step.position >= 9 THEN jsonb_build_object(
                    'listing_id', (110550000000 + j.id)::text)
                WHEN step.name = 'validate' THEN '{}'::jsonb
                ELSE jsonb_build_object('sku', 'load' || j.product_id, 'warnings', '[]'::jsonb) END""",
            "error_message": "CASE WHEN step.position = stopped.at AND j.status = 'FAILED' "
            "THEN j.error_message ELSE '' END",
            "attempt_count": "CASE WHEN step.position < stopped.at THEN 1 "
            "WHEN step.position = stopped.at THEN COALESCE(cause.attempts, 1) ELSE 0 END",
            "created_at": "j.created_at",
            "started_at": "CASE WHEN step.position < stopped.at "
            "OR (step.position = stopped.at AND j.status = 'FAILED') "
            "THEN j.started_at + step.position * interval '800 ms' END",
            "completed_at": "CASE WHEN step.position < stopped.at "
            "THEN j.started_at + step.position * interval '800 ms' + interval '600 ms' END",
        },
        f"{_STARTED_JOBS} CROSS JOIN {STEPS} WHERE {_THESE}",
        **bounds,
    )


def _attempts(bounds: dict[str, int]) -> None:
    """Of the failed jobs, and of each twentieth that a second try completed."""
    insert(
        TaskAttempt,
        {
            "job_id": "j.id",
            "task_id": f"(j.id - 1) * {TASKS_PER_JOB} + COALESCE(cause.position, 6)",
            "number": "tried.number",
            "worker": "'worker-' || j.id %% 8 || ':4711'",
            "started_at": "j.started_at + tried.number * interval '5 seconds'",
            "ended_at": "j.started_at + tried.number * interval '5 seconds' + interval '400 ms'",
            "outcome": "COALESCE(cause.outcome, 'TRANSIENT')",
            "error_class": "COALESCE(cause.error_class, 'TransientError')",
            "message": "COALESCE(NULLIF(j.error_message, ''), "
            "'StoFlow could not connect to api.ebay.com, so nothing was sent (time-out).')",
            "advice": "COALESCE(cause.advice, 'Nothing to do: StoFlow tries again by itself.')",
            "traceback": f"COALESCE({_TRACEBACK}, '')",
            "evidence": _EVIDENCE,
        },
        f"""{_STARTED_JOBS}
        CROSS JOIN LATERAL generate_series(1, COALESCE(cause.attempts, 1)) AS tried (number)
        WHERE {_THESE} AND (j.status = 'FAILED' OR (j.status = 'COMPLETED' AND j.id %% 20 = 0))""",
        **bounds,
    )


def _statistics(bounds: dict[str, int]) -> None:
    insert(
        MarketplaceJobStats,
        {
            "marketplace": "j.marketplace",
            "action": "j.action",
            "outcome": "j.status",
            "error_class": "j.error_class",
            "task_count": str(TASKS_PER_JOB),
            "failed_task_count": "CASE WHEN j.status = 'FAILED' THEN 1 ELSE 0 END",
            "attempt_count": "COALESCE(cause.attempts, 0)",
            "duration_ms": "extract(epoch FROM j.completed_at - j.started_at) * 1000",
            "step_ms": """'{"validate": 4.1, "map_product": 6.3, "upload_image": 1812.4,
                "save_inventory_item": 640.2, "create_offer": 590.9, "publish_offer": 911.0}'::jsonb""",
            "created_at": "j.completed_at",
        },
        f"{_STARTED_JOBS} WHERE {_THESE} AND j.completed_at IS NOT NULL",
        **bounds,
    )


def _listings() -> None:
    """One of each product that was published at least once; the newest listing counts."""
    insert(
        Listing,
        {
            "account_id": "j.account_id",
            "product_id": "j.product_id",
            "key": "'load' || j.product_id",
            "external_id": "(110550000000 + j.id)::text",
            "url": "'https://www.ebay.fr/itm/' || (110550000000 + j.id)",
            "status": "CASE WHEN j.product_id %% 10 = 0 THEN 'ENDED' ELSE 'LIVE' END",
            "sent_hash": "encode(sha256(j.id::text::bytea), 'hex')",
            "details": "jsonb_build_object('offer_id', (9000000000 + j.id)::text)",
            "published_at": "j.completed_at",
            "created_at": "j.created_at",
            "updated_at": "j.completed_at",
        },
        """(SELECT DISTINCT ON (account_id, product_id) * FROM marketplace_jobs
            WHERE status = 'COMPLETED' ORDER BY account_id, product_id, id DESC) AS j""",
    )


def _name_causes() -> None:
    """What groups the failures, as the engine stores it with each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT j.marketplace, j.action, t.step, j.error_class, j.error_message
            FROM marketplace_jobs j JOIN marketplace_tasks t ON t.job_id = j.id
            WHERE j.status = 'FAILED' AND t.status IN ('FAILED', 'UNKNOWN')
            """
        )
        causes = cursor.fetchall()
        cursor.execute(
            """
            UPDATE marketplace_jobs j SET cause_key = known.key
            FROM unnest(%s::text[], %s::text[], %s::text[]) AS known (error_class, message, key)
            WHERE j.status = 'FAILED' AND j.error_class = known.error_class
              AND j.error_message = known.message
            """,
            [
                [cause[3] for cause in causes],
                [cause[4] for cause in causes],
                [key_of(*cause) for cause in causes],
            ],
        )


def _count_batches() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE batch_jobs b
            SET total_count = c.total, completed_count = c.completed, failed_count = c.failed,
                cancelled_count = c.cancelled, expired_count = c.expired,
                created_at = c.created_at, started_at = c.started_at,
                completed_at = CASE WHEN c.unfinished = 0 THEN c.completed_at END,
                status = CASE WHEN c.unfinished = c.total THEN 'PENDING'
                              WHEN c.unfinished > 0 THEN 'RUNNING'
                              WHEN c.completed = c.total THEN 'COMPLETED'
                              WHEN c.failed + c.expired = 0 THEN 'CANCELLED'
                              WHEN c.completed > 0 THEN 'PARTIALLY_FAILED' ELSE 'FAILED' END
            FROM (
                SELECT batch_job_id, count(*) AS total,
                       count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
                       count(*) FILTER (WHERE status = 'FAILED') AS failed,
                       count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
                       count(*) FILTER (WHERE status = 'EXPIRED') AS expired,
                       count(*) FILTER (WHERE completed_at IS NULL) AS unfinished,
                       min(created_at) AS created_at, min(started_at) AS started_at,
                       max(completed_at) AS completed_at
                FROM marketplace_jobs GROUP BY batch_job_id
            ) c
            WHERE b.id = c.batch_job_id
            """
        )


def _lanes() -> None:
    """Of both accounts, due at no time; the second account's is stopped in some tenants."""
    insert(
        Lane,
        {
            "schema_name": "%(schema)s",
            "account_id": "a.id",
            "marketplace": "a.marketplace",
            "account_name": "a.name",
            "served_at": "now()",
            "consent_needed_at": "CASE WHEN a.id = 2 AND s.chance %% 50 = 0 THEN now() END",
            "paused_at": "CASE WHEN a.id = 2 AND s.chance %% 50 = 1 THEN now() END",
            "paused_by": "CASE WHEN a.id = 2 AND s.chance %% 50 = 1 THEN 'mia' ELSE '' END",
        },
        "accounts a, (SELECT hashtext(%(schema_again)s) & 2147483647 AS chance) s",
        schema=current_schema(),
        schema_again=current_schema(),
    )
    for lane in Lane.objects.filter(schema_name=current_schema()):
        # Measures how the account fares; nothing is due all the same.
        turns.settle(Turn(lane.pk, lane.schema_name, lane.account_id))
    Lane.objects.filter(schema_name=current_schema()).update(due_at=None)
