"""What a job looks like, as SQL that follows from its number `j.id`: how it ran, why it failed."""

from __future__ import annotations

from stoflow.load.size import TASKS_PER_JOB

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
CHANCE = "(hashint8({0}) & 2147483647)"
# The frequent causes, as in life, make most of the failures.
CAUSE_OF_JOB = f"""
(ARRAY[0,0,0,0,0,1,1,1,1,2,2,2,3,3,4,4,5,6,7,7])[1 + ({CHANCE.format("j.id")} / 1000) %% 20]
"""
STOPPED_AT = f"""
CASE j.status WHEN 'COMPLETED' THEN {TASKS_PER_JOB + 1}
              WHEN 'FAILED' THEN cause.position
              ELSE 1 + {CHANCE.format("j.id")} %% 9 END
"""
TRACEBACK = """
'Traceback (most recent call last):' || E'\\n' || repeat(
  '  File "/srv/stoflow/tasks/orchestrator.py", line 187, in _act' || E'\\n' ||
  '    receipt = step.function(self.handler, task_run)' || E'\\n', 12) ||
  cause.error_class || ': ' || j.error_message
"""
EVIDENCE = """
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
STARTED_JOBS = f"""
marketplace_jobs j
LEFT JOIN {CAUSES} ON j.status = 'FAILED' AND cause.number = {CAUSE_OF_JOB}
CROSS JOIN LATERAL (SELECT {STOPPED_AT} AS at) AS stopped
"""
THESE = "j.id BETWEEN %(first)s::bigint AND %(last)s::bigint AND j.started_at IS NOT NULL"
