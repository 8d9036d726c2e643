"""The least that a move between two tasks can be: one UPDATE, one commit."""

BARE = """
UPDATE marketplace_tasks
SET status = CASE WHEN id = %s THEN 'COMPLETED' ELSE 'RUNNING' END,
    completed_at = CASE WHEN id = %s THEN clock_timestamp() END
WHERE id IN (%s, %s)
"""
